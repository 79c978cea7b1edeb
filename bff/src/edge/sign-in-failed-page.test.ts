import { signInProblems } from '@strongroom/client'
import { expect, test } from 'vitest'
import type { BffOptions } from '../options/options.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { publicUrl, testBff } from '../testing/test-bff.ts'

const answers: readonly [string, number, string, string][] = [
  ['access_denied', 403, 'You were not signed in', 'Try again'],
  ['server_error', 400, 'The sign-in service has a problem', 'Try again'],
  ['temporarily_unavailable', 400, 'Try again in a moment', 'Try again'],
  ['login_required', 403, 'You need to sign in', 'Sign in'],
  ['interaction_required', 403, 'You need to sign in', 'Sign in'],
  ['consent_required', 403, 'You need to sign in', 'Sign in'],
  ['account_selection_required', 403, 'You need to sign in', 'Sign in'],
  ['invalid_scope', 400, 'did not take this app’s request', 'Try again'],
  ['"><script>alert(1)</script>', 400, 'did not take this app’s request', 'Try again'],
]

test.for(answers)(
  'says in its own words what the provider means by %s',
  async ([error, status, words, way]) => {
    const { browser, provider } = await testBff()
    provider.authorizationAnswer = {
      error,
      error_description: '<b>Call 555-0100 to unlock your account</b>',
      error_uri: 'https://evil.example/help',
    }

    const { response } = await browser.navigate('/auth/login?return_to=/notes&prompt=login')
    const text = await response.text()

    expect(response.status).toBe(status)
    expect(text).toContain(words)
    expect(text).toContain(`<a href="/auth/login?return_to=%2Fnotes">${way}</a>`)
    expect(text).toContain('<a href="/">Back to the app</a>')
    expect(text).toContain('Reference for support: ')
    expect(text).not.toMatch(/555-0100|evil\.example|alert\(1\)|state=|prompt=/)
  },
)

test('an answer with both a code and an error is taken for an error', async () => {
  const { browser, provider } = await testBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  url.searchParams.set('error', 'access_denied')

  const { response } = await browser.navigate(url.href)

  expect(response.status).toBe(403)
  expect(provider.tokenRequests('authorization_code')).toBe(0)
})

test('an answer with two states is not trusted', async () => {
  const { browser, provider } = await testBff()
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  url.searchParams.append('state', 'another')

  const { response } = await browser.navigate(url.href)

  expect(response.status).toBe(400)
  expect(await response.text()).toContain('could not be trusted')
  expect(provider.tokenRequests('authorization_code')).toBe(0)
})

test('an app with a page of its own for it hears the code, where the sign-in was to end, and the reference', async () => {
  const { browser, provider, eventsNamed } = await testBff({ signInFailedPath: '/sign-in-failed' })
  provider.authorizationAnswer = { error: 'access_denied', error_description: 'Call 555-0100' }

  const { url, way } = await browser.navigate('/auth/login?return_to=/notes?x=1')

  expect(way.at(-1)).toBe(url.href)
  expect(url.origin).toBe(publicUrl)
  expect(url.pathname).toBe('/sign-in-failed')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    problem: 'sign_in_cancelled',
    return_to: '/notes?x=1',
    request_id: eventsNamed('sign-in-failed')[0]?.requestId,
  })
  expect(signInProblems).toHaveProperty('sign_in_cancelled')
})

test('an app with a page of its own for it hears of a stray answer only once it is sure', async () => {
  const { browser } = await testBff({ signInFailedPath: '/sign-in-failed' })

  const { url, way } = await browser.navigate('/auth/callback?code=x&state=y', {
    fromElsewhere: true,
  })

  expect(way.map((href) => new URL(href).pathname)).toEqual([
    '/auth/callback',
    '/auth/callback',
    '/sign-in-failed',
  ])
  expect(url.searchParams.get('problem')).toBe('sign_in_without_cookies')
})

test('a round is stopped by a page of ours even then', async () => {
  const { browser } = await testBff({ signInFailedPath: '/sign-in-failed' })
  for (const _ of Array.from({ length: 5 })) await browser.navigate('/auth/login')

  const { response } = await browser.navigate('/auth/login')

  expect(response.status).toBe(429)
})

const notPaths = [
  '',
  'sign-in-failed',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  'https://evil.example/',
  '/a/../b',
  '/failed?x=1',
  '/failed#x',
  '/auth/login',
  '/auth',
]

test.for(notPaths)('takes no %j for a page of the app', (signInFailedPath) => {
  const options: BffOptions = {
    publicUrl,
    provider: { issuer: 'https://id.example.net', clientId: 'app', clientSecret: 'secret' },
    upstreams: [],
    session: { secrets: ['correct horse battery staple and then some'] },
    signInFailedPath,
  }

  const resolved = resolveOptions(options)

  expect(resolved).toMatchObject({ ok: false, error: [{ option: 'signInFailedPath' }] })
})
