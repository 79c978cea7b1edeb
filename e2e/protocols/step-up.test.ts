import { csrfHeader, routes, type Problem } from '@strongroom/client'
import { expect, onTestFinished, test } from 'vitest'
import { providerControl } from '../servers/provider-control.ts'
import { scriptedBrowser } from '../servers/scripted-browser.ts'
import { configFolder } from './config-folder.ts'
import { protocolWorld, type ProtocolWorld } from './protocol-world.ts'

const patience = { timeout: 40_000 }

async function saveImportant(world: ProtocolWorld): Promise<{ status: number; problem: Problem }> {
  const answer = await fetch(`${world.publicUrl}/api/notes`, {
    method: 'POST',
    headers: {
      [csrfHeader.name]: csrfHeader.value,
      'Content-Type': 'application/json',
      Cookie: world.browser.jar.header(),
    },
    body: JSON.stringify({ text: 'Engine', important: true }),
  })
  return { status: answer.status, problem: await answer.json() }
}

test('an API that wants a fresh sign-in gets one, and the token says so', patience, async () => {
  const world = await protocolWorld({}, onTestFinished)
  const person = scriptedBrowser()
  await world.signIn({}, person)
  for (const { payload } of world.provider.inner.store.records('Session'))
    payload.loginTs = (payload.loginTs ?? 0) - 3600
  await world.signIn({}, person)

  const before = await saveImportant(world)
  await world.signIn({ max_age: String(before.problem.max_age) }, person)
  const after = await saveImportant(world)

  expect(before).toMatchObject({
    status: 401,
    problem: { code: 'step_up_required', max_age: 300, login: '/auth/login?max_age=300' },
  })
  expect(after.status).toBe(201)
})

test('a row that wants a stronger sign-in gets one', patience, async () => {
  const settings = configFolder(`{ upstreams: [{ prefix: '/api', acrValues: ['gold'] }] }`)
  const world = await protocolWorld(
    { settings, configure: (given) => ({ ...given, acrValues: ['silver', 'gold'] }) },
    onTestFinished,
  )

  await world.signIn({ acr_values: 'silver' })
  const weak = await world.send('/api/notes')
  await world.signIn({ acr_values: 'gold' })
  const strong = await world.send('/api/notes')

  expect(weak.body).toMatchObject({ code: 'step_up_required', acr_values: 'gold' })
  expect(strong.status).toBe(200)
})

test(
  'step-ups revoke nothing by themselves, and a sign-out all that they left',
  patience,
  async () => {
    const world = await protocolWorld({}, onTestFinished)
    const control = providerControl(world.provider)
    const living = async () => {
      const issued = control
        .issuedTokens()
        .filter(({ kind }) => kind === 'access_token' || kind === 'refresh_token')
      const isActive = await Promise.all(issued.map(({ value }) => control.isActive(value)))
      return `${isActive.filter(Boolean).length} of ${issued.length}`
    }
    await world.signIn()
    await world.signIn({ max_age: '1' })
    await world.signIn({ max_age: '1' })

    const before = await living()
    await world.send(routes.logout, { method: 'POST' })

    expect(before).toBe('6 of 6')
    expect(await living()).toBe('0 of 6')
  },
)

test('a provider that does not give what was asked for signs nobody in', patience, async () => {
  const settings = configFolder(`{ upstreams: [{ prefix: '/api', acrValues: ['gold'] }] }`)
  const world = await protocolWorld({ settings }, onTestFinished)

  await expect(world.signIn({ acr_values: 'gold' })).rejects.toThrow('The sign-in failed')
  expect(await world.session()).toBeNull()
})
