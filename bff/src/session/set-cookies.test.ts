import { expect, test } from 'vitest'
import { signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

const session =
  /^__Host-Http-strongroom(\.[0-3])?=[\w.*~-]*(; Max-Age=0)?; Path=\/; HttpOnly; Secure; SameSite=Strict$/
const attempt =
  /^__Host-Http-strongroom-login-[\w-]{12}=[\w.*~-]*; Max-Age=(0|600); Path=\/; HttpOnly; Secure; SameSite=Lax$/

const flows: Record<string, (world: TestBff) => Promise<unknown>> = {
  'a sign-in': async () => {},
  'a second sign-in': ({ browser }) => browser.navigate('/auth/login'),
  'a sign-in that is refused': ({ browser, provider }) => {
    provider.idTokenClaims = { nonce: 'another' }
    return browser.navigate('/auth/login')
  },
  'seven attempts': async ({ browser }) => {
    for (const _ of Array.from({ length: 7 }))
      await browser.navigate('/auth/login', { until: /\/authorize/ })
  },
  'a call after a refresh': ({ browser, clock }) => {
    clock.advance(301)
    return browser.fetch('/api/notes')
  },
  'a session in pieces': ({ browser, provider }) => {
    provider.idTokenClaims = { picture: 'x'.repeat(5000) }
    return browser.navigate('/auth/login')
  },
  'a sign-out': ({ browser }) => browser.fetch('/auth/logout', { method: 'POST' }),
  'a sign-out everywhere': ({ browser }) => browser.fetch('/auth/sessions', { method: 'DELETE' }),
}

test.for(
  Object.entries(flows).flatMap(([flow, act]) =>
    (['cookie', 'server'] as const).map((mode) => [flow, mode, act] as const),
  ),
)(
  '%s in %s mode sets cookies of the two names with their attributes alone',
  async ([, mode, act]) => {
    const { secrets } = { secrets: ['correct horse battery staple and then some'] }
    const world = await signedInTestBff({ session: { secrets, mode }, accessTokenSeconds: 300 })

    await act(world)

    const odd = world.browser.setCookies.filter(
      (line) => !session.test(line) && !attempt.test(line),
    )
    expect(odd).toEqual([])
    expect(world.browser.setCookies.length).toBeGreaterThan(2)
  },
)

test('nothing but sign-in, a call and sign-out sets a cookie', async () => {
  const world = await testBff()

  const answers = await Promise.all(
    ['/healthz', '/readyz', '/auth/session', '/auth/sessions', '/nowhere', '/auth/callback'].map(
      (path) => world.browser.fetch(path),
    ),
  )

  expect(answers.flatMap(({ headers }) => headers.getSetCookie())).toEqual([])
})
