import { expect, test } from 'vitest'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { anotherInstance, publicUrl, testBff, type TestBff } from '../testing/test-bff.ts'

test('two requests with one answer: one signs in, and the code is spent once', async () => {
  const { browser, provider } = await testBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  const cookies = browser.cookies()
  const twice = [browser.with(cookies), browser.with(cookies)]

  await Promise.all(twice.map((one) => one.navigate(url.href, { fromElsewhere: true })))
  const signedIn = twice.filter((one) => one.cookies().has('__Host-Http-strongroom'))
  const call = await signedIn[0]?.fetch('/api/notes')

  expect(signedIn).toHaveLength(1)
  expect(call?.status).toBe(200)
  expect(provider.tokenRequests('authorization_code')).toBe(1)
  expect(provider.revocations).toEqual([])
})

test('an attempt that was answered on one instance is answered on no other', async () => {
  const store = cuttableStore()
  const world = await testBff({ store })
  const { url } = await world.browser.navigate('/auth/login', { until: /\/callback/ })
  const elsewhere = anotherInstance(world, { store }).browser(world.browser.cookies())

  await world.browser.navigate(url.href)
  const again = await elsewhere.navigate(url.href)

  expect(again.response.status).toBe(400)
  expect(world.provider.tokenRequests('authorization_code')).toBe(1)
})

/** A thief with a copy of the attempt waits until the user is through, and comes with another code for it. */
async function replay({ browser }: TestBff, before: () => void) {
  const { url: asked } = await browser.navigate('/auth/login', { until: /\/authorize/ })
  const [own, another] = [
    await browser.navigate(asked.href, { until: /\/callback/ }),
    await browser.navigate(asked.href, { until: /\/callback/ }),
  ]
  const thief = browser.with(browser.cookies())
  await browser.navigate(own.url.href)
  before()
  const { response } = await thief.navigate(another.url.href)
  return { response, session: await (await thief.fetch('/auth/session')).json() }
}

test('a copied attempt is answered no second time, with another code neither', async () => {
  const world = await testBff()

  const { response, session } = await replay(world, () => {})

  expect(response.status).toBe(400)
  expect(session).toEqual({ authenticated: false })
  expect(world.provider.tokenRequests('authorization_code')).toBe(1)
})

test('a copied attempt is answered a second time with the guard off', async () => {
  const store = cuttableStore()
  const world = await testBff({ store })

  const { session } = await replay(world, () => (store.cut = true))

  expect(session).toMatchObject({ authenticated: true })
  expect(world.provider.tokenRequests('authorization_code')).toBe(2)
})

test('signing in goes on while the store is down', async () => {
  const store = cuttableStore()
  const { browser } = await testBff({ store })
  store.cut = true

  const { url } = await browser.navigate('/auth/login?return_to=/notes')
  const session = await browser.fetch('/auth/session')

  expect(url.href).toBe(`${publicUrl}/notes`)
  expect(await session.json()).toMatchObject({ authenticated: true })
})
