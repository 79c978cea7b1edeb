import { expect, test } from 'vitest'
import { publicUrl, testBff, type TestBff } from '../testing/test-bff.ts'

const prefix = '__Host-Http-strongroom-login-'

async function begun(world: TestBff) {
  const { url } = await world.browser.navigate('/auth/login?return_to=/a', { until: /\/callback/ })
  const [[name = '', { value } = { value: '' }] = []] = world.browser.cookies()
  return { url, name, value }
}

function callBack({ bff }: TestBff, url: URL, cookie: string) {
  return bff.app.request(url, { headers: { Cookie: cookie } })
}

test('an attempt that was changed anywhere signs nobody in, and is told again to begin', async () => {
  const world = await testBff()
  const { url, name, value } = await begun(world)
  const parts = value.split('*')

  for (const at of parts.keys()) {
    const forged = parts.with(at, `${parts[at]}1`).join('*')
    // Behind the `~` no mac covers it.
    if (at === 7) continue
    const answer = await callBack(world, url, `${name}=${forged}`)
    expect([at, answer.status]).toEqual([at, 400])
  }

  const reasons = world.eventsNamed('seal-refused').map(({ reason }) => reason)
  expect(reasons.toSorted()).toEqual([...Array(6).fill('tampered'), 'unknown-key'])
  expect(world.provider.tokenRequests('authorization_code')).toBe(0)
})

test('an attempt under another’s name signs nobody in', async () => {
  const world = await testBff()
  const first = await begun(world)
  const other = await begun(await testBff())

  const answer = await callBack(world, first.url, `${first.name}=${other.value}`)

  expect(answer.status).toBe(400)
  expect(world.provider.tokenRequests('authorization_code')).toBe(0)
  // As one that this browser knows nothing of, before anything of it is believed.
  expect(world.eventsNamed('sign-in-failed')).toMatchObject([{ kind: 'sign-in-unknown' }])
})

test('two different attempts under one name are both refused, as one of them was planted', async () => {
  const world = await testBff()
  const { url, name, value } = await begun(world)

  const answer = await callBack(world, url, `${name}=planted; ${name}=${value}`)

  expect(answer.status).toBe(400)
  expect(world.eventsNamed('seal-refused')).toEqual([
    { name: 'seal-refused', purpose: 'login', reason: 'doubled' },
  ])
})

test('an attempt that is over by the clock is told from one that was tampered with', async () => {
  const world = await testBff()
  const { url, name, value } = await begun(world)
  world.clock.advance(601)

  const answer = await callBack(world, url, `${name}=${value}`)

  expect(answer.status).toBe(400)
  expect(world.eventsNamed('seal-expired')).toEqual([{ name: 'seal-expired', purpose: 'login' }])
})

test('hundreds of planted attempts cost a sign-in no more than twenty openings and as many headers', async () => {
  const world = await testBff()
  const planted = Array.from(
    { length: 800 },
    (_, at) => `${prefix}${String(at).padStart(12, '0')}=Fe26.2*1`,
  ).join('; ')

  const answer = await world.bff.app.request(new URL('/auth/login', publicUrl), {
    headers: { Cookie: planted },
  })

  const set = answer.headers.getSetCookie()
  expect(answer.status).toBe(303)
  expect(world.eventsNamed('seal-refused')).toHaveLength(20)
  expect(set).toHaveLength(21)
  expect(set.at(-1)).toMatch(new RegExp(`^${prefix}[\\w-]{12}=Fe26`))
})
