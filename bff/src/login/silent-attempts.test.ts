import { expect, test } from 'vitest'
import { issuer, publicUrl, testBff, type TestBff } from '../testing/test-bff.ts'

const silently = '/auth/login?prompt=none&return_to=/notes%3Fx=1%23end'

async function worldThatMustAsk(error = 'login_required'): Promise<TestBff> {
  const world = await testBff()
  world.provider.authorizationAnswer = { error }
  return world
}

test.for([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
])('where the provider must ask (%s) the app is shown as it was', async (error) => {
  const { browser } = await worldThatMustAsk(error)

  const { url } = await browser.navigate(silently)
  const session = await browser.fetch('/auth/session')

  expect(url.href).toBe(`${publicUrl}/notes?x=1#end`)
  expect(await session.json()).toEqual({ authenticated: false })
})

test('an app that wants to know is told', async () => {
  const { browser } = await worldThatMustAsk()

  const { url } = await browser.navigate(silently.replace('?', '?tell_problem=1&'))

  expect(url.href).toBe(`${publicUrl}/notes?x=1&problem=sign_in_required#end`)
})

test('who is signed in at the provider is signed in', async () => {
  const { browser } = await testBff()

  const { url } = await browser.navigate(silently)

  expect(url.pathname).toBe('/notes')
  expect(await (await browser.fetch('/auth/session')).json()).toMatchObject({ authenticated: true })
})

test('what a person should know of is a page, silent or not', async () => {
  const { browser } = await worldThatMustAsk('invalid_scope')

  const { response } = await browser.navigate(silently)

  expect(response.status).toBe(400)
})

test('an attempt that may ask is no silent one, whatever comes back', async () => {
  const { browser } = await worldThatMustAsk()

  const { response } = await browser.navigate('/auth/login?prompt=login&return_to=/notes')

  expect(response.status).toBe(403)
})

test('an app that asks at once each time is stopped by a page, and the provider is left alone', async () => {
  const { browser } = await worldThatMustAsk()
  const ask = () => browser.navigate(silently)
  for (const _ of Array.from({ length: 5 })) expect((await ask()).url.pathname).toBe('/notes')

  const stopped = await ask()
  const text = await stopped.response.text()
  const byHand = await browser.navigate('/auth/login', { until: /\/authorize/ })

  expect(stopped.url.origin).not.toBe(issuer)
  expect(stopped.response.status).toBe(429)
  expect(text).toContain('has to ask you first')
  expect(byHand.url.origin).toBe(issuer)
})

test('a count that is none counts for nothing', async () => {
  const { bff } = await worldThatMustAsk()

  const answer = await bff.app.request(`${publicUrl}${silently}`, {
    headers: { Cookie: '__Host-Http-strongroom-silent=99999999999' },
  })

  expect(answer.headers.get('location')).toContain(issuer)
})
