import { expect, test } from 'vitest'
import { openBrowser } from '../testing/browser.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'
import type { ProviderOptions } from '../options/options.ts'
import type { ProviderHabits } from '../testing/provider-habits.ts'
import {
  providerWorld,
  signOutByForm,
  wholePath,
  type WholePath,
} from '../testing/provider-world.ts'
import { apiUrl, issuer as plainIssuer, publicUrl } from '../testing/test-bff.ts'

interface Habit {
  readonly habit: string
  readonly habits: Partial<ProviderHabits>
  readonly issuer?: string
  /** What is said to the BFF on account of it. */
  readonly said?: Partial<ProviderOptions>
  /** What is otherwise than with a provider by the book, all the same. */
  readonly besides?: Partial<WholePath>
  /** What comes of it where nothing is said. */
  readonly unsaid?: Partial<WholePath>
}

const fine: Partial<WholePath> = {
  signedIn: true,
  calls: [200, 200],
  refreshes: 1,
  end: `${publicUrl}/`,
  sessionsEnded: 1,
  signedOut: true,
}

const nobody = { signedIn: false, calls: [401, 401] }

const slashed = 'https://id.example.net/application/o/notes/'

const habits: readonly Habit[] = [
  { habit: 'none', habits: {} },
  {
    habit: 'a scope that it does not know',
    habits: { refusesScopes: ['offline_access'] },
    said: { scope: 'openid profile' },
    unsaid: nobody,
  },
  {
    habit: 'refresh tokens for offline_access alone',
    habits: { refreshTokenFor: 'offline_access' },
  },
  {
    habit: 'refresh tokens for access_type=offline alone',
    habits: { refreshTokenFor: 'access_type' },
    said: { authorizeParameters: { access_type: 'offline', prompt: 'consent' } },
    unsaid: { signedIn: true, calls: [200, 401], refreshes: 0 },
  },
  {
    habit: 'opaque access tokens without an audience parameter',
    habits: { apiTokenFor: 'audience' },
    said: { authorizeParameters: { audience: apiUrl } },
    unsaid: { signedIn: true, calls: [401, 401] },
  },
  {
    habit: 'access tokens of the API by its scope alone',
    habits: { apiTokenFor: 'scope' },
    said: { scope: 'openid profile offline_access api://notes/.default' },
    unsaid: { signedIn: true, calls: [401, 401] },
  },
  {
    habit: 'the secret in the header alone',
    habits: { clientAuthentication: 'basic' },
  },
  {
    habit: 'the secret in the header, without percent-encoding',
    habits: { clientAuthentication: 'basic-raw' },
    said: { clientAuthentication: 'client_secret_basic_raw' },
    unsaid: nobody,
  },
  { habit: 'expires_in as a text', habits: { expiresInAsText: true } },
  { habit: 'no word of the scope', habits: { silentScope: true } },
  { habit: 'no ID token at a refresh', habits: { idTokenOnce: true } },
  { habit: 'old refresh tokens that stay good', habits: { keepsOldRefreshTokens: true } },
  { habit: 'no iss in its answer', habits: { noIss: true } },
  {
    habit: 'no end-session endpoint',
    habits: { endSessionPath: null },
    besides: { sessionsEnded: 0 },
  },
  {
    habit: 'an end-session endpoint that its document does not name',
    habits: { endSessionUnnamed: true, endSessionPath: '/v2/logout' },
    said: { endSessionUrl: 'v2/logout' },
    unsaid: { sessionsEnded: 0 },
  },
  {
    habit: 'another name for where to come back to',
    habits: { endSessionReturn: 'logout_uri' },
    said: { endSessionReturnParameter: 'logout_uri' },
    unsaid: { sessionsEnded: 0 },
  },
  {
    habit: 'an end-session endpoint that wants the hint, from script that has none',
    habits: { endSessionHint: 'required' },
    said: { endSessionHint: 'required' },
    besides: { sessionsEnded: 0 },
    unsaid: { sessionsEnded: 0, end: expect.stringContaining('/end-session?') as string },
  },
  { habit: 'no revocation endpoint', habits: { revokes: 'nothing' } },
  { habit: 'revocation of refresh tokens alone', habits: { revokes: 'refresh-tokens' } },
  {
    habit: 'a discovery document at another place',
    habits: { discoveryPath: '/application/o/notes/.well-known/openid-configuration' },
    said: { discoveryUrl: `${slashed}.well-known/openid-configuration` },
    unsaid: nobody,
  },
  { habit: 'an issuer with a path and a slash at its end', habits: {}, issuer: slashed },
  { habit: 'endpoints at another origin', habits: { endpointsAt: 'https://pool.example.com' } },
]

function worldOf(
  { habits: itsHabits, issuer = plainIssuer }: Habit,
  said: Partial<ProviderOptions>,
) {
  return providerWorld({ issuer, habits: itsHabits, said: { issuer, ...said } })
}

test.for(habits)('a provider with $habit: the whole path works', async (habit) => {
  const world = await worldOf(habit, habit.said ?? {})

  expect(await wholePath(world)).toMatchObject({ ...fine, ...habit.besides })
})

const unsaid = habits.filter((habit) => habit.unsaid !== undefined)

test.for(unsaid)('a provider with $habit, and nothing said of it', async (habit) => {
  const world = await worldOf(habit, {})

  expect(await wholePath(world)).toMatchObject(habit.unsaid ?? {})
})

async function signedInWorld(itsHabits: Partial<ProviderHabits>, said: Partial<ProviderOptions>) {
  const world = await worldOf({ habit: '', habits: itsHabits }, said)
  await world.browser.navigate('/auth/login')
  return world
}

test('a provider that gives a refresh token at the first consent alone: the second session ends with its access token', async () => {
  const world = await signedInWorld(
    { refreshTokenFor: 'access_type' },
    { authorizeParameters: { access_type: 'offline' } },
  )
  const second = openBrowser(world.internet, publicUrl)
  await second.navigate('/auth/login')

  world.clock.advance(world.provider.accessTokenSeconds + 1)

  expect((await world.browser.fetch('/api/notes')).status).toBe(200)
  expect((await second.fetch('/api/notes')).status).toBe(401)
})

const revocations: readonly [
  said: Partial<ProviderOptions>,
  elsewhere: number,
  refreshToken: string,
][] = [
  [{}, 401, 'revoked'],
  [{ revokeAtSignOut: 'neither' }, 200, 'unsupported'],
]

test.for(revocations)(
  'a provider that revokes all of a user along with any token: with %j the same user’s session elsewhere answers %i after a sign-out',
  async ([said, elsewhere, refreshToken]) => {
    const world = await signedInWorld({ revokes: 'whole-user' }, said)
    const other = openBrowser(world.internet, publicUrl)
    await other.navigate('/auth/login')

    const answer = await world.browser.fetch('/auth/logout', { method: 'POST' })

    expect(await answer.json()).toMatchObject({ receipt: { refreshToken } })
    expect((await other.fetch('/api/notes')).status).toBe(elsewhere)
  },
)

test.for([{}, { revokeAtSignOut: 'refresh-token' }] as const)(
  'a provider that revokes refresh tokens alone: with %j the receipt says until when the access token lives',
  async (said) => {
    const world = await signedInWorld({ revokes: 'refresh-tokens' }, said)

    const answer = await world.browser.fetch('/auth/logout', { method: 'POST' })

    expect(await answer.json()).toMatchObject({
      receipt: {
        refreshToken: 'revoked',
        accessToken: 'unsupported',
        accessTokenExpiresAt: world.clock.now() + world.provider.accessTokenSeconds,
      },
    })
  },
)

test.for([
  ['required', 'required', 1],
  ['not-expired', 'while-valid', 1],
] as const)(
  'a provider whose end-session endpoint is %s of its hint: a form signs out there with %s',
  async ([endSessionHint, hint, sessionsEnded]) => {
    const world = await signedInWorld({ endSessionHint }, { endSessionHint: hint })

    expect(await signOutByForm(world)).toEqual({ end: `${publicUrl}/`, sessionsEnded })
  },
)

test.for([
  ['optional', 0],
  ['while-valid', 1],
] as const)(
  'a provider that refuses an expired ID token as a hint: with %s its own session is ended %i times',
  async ([hint, sessionsEnded]) => {
    const world = await signedInWorld(
      { endSessionHint: 'not-expired', idTokenOnce: true },
      { endSessionHint: hint },
    )
    world.clock.advance(700)
    await world.browser.fetch('/api/notes')

    expect(await signOutByForm(world)).toMatchObject({ sessionsEnded })
  },
)

test('a provider with other names at its end-session endpoint is sent neither the ID token nor a state', async () => {
  const world = await signedInWorld(
    { endSessionReturn: 'logout_uri' },
    { endSessionReturnParameter: 'logout_uri' },
  )

  const answer = await world.browser.fetch('/auth/logout', { method: 'POST' })
  const { location } = (await answer.json()) as { readonly location: string }

  const { searchParams } = new URL(location)
  expect([...searchParams.keys()].toSorted()).toEqual(['client_id', 'logout_uri'])
})

test('a page may send a form on to an end-session endpoint that is set by hand', async () => {
  const world = await signedInWorld({}, { endSessionUrl: 'https://pool.example.com/logout' })

  const policy = (await world.browser.fetch('/auth/session')).headers.get('Content-Security-Policy')

  expect(policy).toContain('https://pool.example.com')
})

test('a provider that says nothing of the scope: it is the one that was asked for', async () => {
  const { browser } = await signedInWorld({ silentScope: true }, { scope: 'openid notes:read' })

  const session: unknown = await (await browser.fetch('/auth/session')).json()

  expect(session).toMatchObject({ token: { scopes: ['openid', 'notes:read'] } })
})

test('a provider that refuses a refresh token with a 400 and nothing in it ends the session once it is repeated', async () => {
  const { browser, clock, provider } = await signedInWorld({ bareRefusals: true }, {})
  for (const token of provider.issued.filter((secret) => secret.startsWith('refresh')))
    await provider.app.request('/revoke', { method: 'POST', body: new URLSearchParams({ token }) })
  clock.advance(provider.accessTokenSeconds + 1)

  await browser.fetch('/api/notes')
  clock.advance(60)
  await browser.fetch('/api/notes')

  expect(await isSignedIn(browser)).toBe(false)
})

test.for([
  [false, 400],
  [true, 200],
] as const)(
  'a provider whose logout tokens have no exp: with acceptLogoutTokensWithoutExpiry %s they get %i',
  async ([acceptLogoutTokensWithoutExpiry, status]) => {
    const world = await signedInWorld(
      { endlessLogoutTokens: true },
      { acceptLogoutTokensWithoutExpiry },
    )
    const body = new URLSearchParams({ logout_token: await world.provider.logoutToken() })

    const answer = await world.internet.fetch(`${publicUrl}/auth/backchannel-logout`, {
      method: 'POST',
      body,
    })

    expect(answer.status).toBe(status)
  },
)

test('a discovery document at another place that speaks for another issuer is not used', async () => {
  const world = await worldOf(
    { habit: '', habits: { discoveryPath: '/other/.well-known/openid-configuration' } },
    { discoveryUrl: `${plainIssuer}/other/.well-known/openid-configuration` },
  )
  world.provider.metadata = { issuer: 'https://id.example.net/other' }

  await world.browser.navigate('/auth/login')

  expect(await isSignedIn(world.browser)).toBe(false)
  expect(world.eventsNamed('provider-unreachable')[0]?.detail).toContain(
    'speaks for the issuer "https://id.example.net/other", not for "https://id.example.net"',
  )
})
