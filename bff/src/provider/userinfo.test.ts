import { expect, test, vi } from 'vitest'
import {
  calledText,
  changed,
  dripping,
  huge,
  redirecting,
  saying,
  text,
  type Answer,
} from '../testing/hostile-answers.ts'
import { hostileTestBff, type HostileTestBff } from '../testing/hostile-test-bff.ts'
import type { ProviderOptions } from '../options/options.ts'

/** A provider that puts nothing but `sub` into its ID tokens, and the rest into userinfo. */
async function thinTestBff(options: Partial<ProviderOptions> = {}): Promise<HostileTestBff> {
  const world = await hostileTestBff(options)
  world.provider.idToken.claims = { name: undefined }
  world.provider.userinfoClaims = { name: 'Ada of userinfo', email: 'ada@example.com' }
  return world
}

async function userOf({ browser }: HostileTestBff): Promise<unknown> {
  const session = (await (await browser.fetch('/auth/session')).json()) as { user?: unknown }
  return session.user
}

test('oidcc-client-test-userinfo-bearer-header: what the ID token lacks is fetched from userinfo', async () => {
  const world = await thinTestBff()
  let asked: string | undefined
  world.provider.answers.userinfo = (response, usual) => {
    asked = response.req.headers.authorization
    changed({})(response, usual)
  }

  await world.signIn()

  expect(await userOf(world)).toEqual({
    sub: 'ada',
    name: 'Ada of userinfo',
    email: 'ada@example.com',
  })
  expect(asked).toBe(`Bearer ${world.provider.accessToken}`)
})

test.for([
  ['userinfo-invalid-sub: another user', changed({ sub: 'mallory' })],
  ['userinfo-invalid-sub: nobody', changed({ sub: undefined })],
  ['a list with the user in it', changed({ sub: ['ada'] })],
] as const)(
  'oidcc-client-test-%s: userinfo is thrown away, and nobody is signed in',
  async ([, answer]) => {
    const { signIn, complaints, provider } = await thinTestBff()
    provider.answers.userinfo = answer

    const outcome = await signIn()

    expect(outcome).toEqual({ status: 400, authenticated: false })
    expect(complaints()).toEqual([expect.stringContaining('userinfo is about another user')])
  },
)

const useless: readonly [string, Answer][] = [
  ['an error', saying(500, {})],
  ['a challenge', saying(401, { error: 'invalid_token' })],
  ['nothing', text(200, 'application/json', '')],
  ['no JSON', text(200, 'application/json', '<html>')],
  ['a list', text(200, 'application/json', '[]')],
  ['another content type', calledText('text/html')],
  ['a JWT (oidcc-client-test-userinfo-signed)', text(200, 'application/jwt', 'e30.e30.')],
  ['more than a megabyte', huge(1_100_000)],
]

test.for(useless)('userinfo answers with %s: the sign-in goes on without', async ([, answer]) => {
  const world = await thinTestBff()
  world.provider.answers.userinfo = answer

  const outcome = await world.signIn()

  expect(outcome.authenticated).toBe(true)
  expect(await userOf(world)).toEqual({ sub: 'ada' })
  expect(world.eventsNamed('userinfo-failed')).toHaveLength(1)
})

test('userinfo that sends the caller elsewhere does not get the access token there', async () => {
  const { signIn, provider } = await thinTestBff()
  provider.answers.userinfo = redirecting('/elsewhere')

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
  expect(provider.requests).toContain('GET /userinfo')
  expect(provider.requests).not.toContain('GET /elsewhere')
})

test('userinfo that drips is waited for three seconds', async () => {
  const { browser, eventsNamed, provider } = await thinTestBff()
  provider.answers.userinfo = dripping
  const giveUp = new AbortController()
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) =>
    milliseconds === 3000 ? giveUp.signal : timeout(milliseconds),
  )
  const asked = provider.asked('GET /userinfo')

  const arrival = browser.navigate('/auth/login')
  await asked
  giveUp.abort(new DOMException('too slow', 'TimeoutError'))
  await arrival

  expect(eventsNamed('signed-in')).toHaveLength(1)
  expect(eventsNamed('userinfo-failed')).toHaveLength(1)
})

test('the ID token wins over userinfo, and the provider’s session is only what the ID token says', async () => {
  const world = await hostileTestBff()
  world.provider.idToken.claims = { name: undefined, locale: 'en' }
  world.provider.userinfoClaims = { name: 'Ada', locale: 'fr', auth_time: 1, sid: 'forged' }

  await world.signIn()
  const session = await (await world.browser.fetch('/auth/session')).json()

  expect(session).toMatchObject({ user: { name: 'Ada', locale: 'en' } })
  expect(session).not.toHaveProperty('session.authTime')
})

const enough: readonly [string, Partial<ProviderOptions>, Record<string, unknown>][] = [
  ['the ID token has a name', {}, { name: 'Ada' }],
  ['the ID token has an address', {}, { name: undefined, email: 'ada@example.com' }],
  ['the scope asks for neither', { scope: 'openid' }, { name: undefined }],
  ['the options say never', { userinfo: 'never' }, { name: undefined }],
]

test.for(enough)('userinfo is not asked when %s', async ([, options, claims]) => {
  const { signIn, provider } = await hostileTestBff(options)
  provider.idToken.claims = claims

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
  expect(provider.requests).not.toContain('GET /userinfo')
})
