import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'
import type { BffOptions } from '../options/options.ts'
import {
  anotherInstance,
  issuer,
  publicUrl,
  signedInTestBff,
  testBff,
  type TestBff,
} from '../testing/test-bff.ts'

/** What the provider sends: no cookie, no header of ours. */
function send(world: TestBff, body: string, contentType = 'application/x-www-form-urlencoded') {
  return world.internet.fetch(`${publicUrl}/auth/backchannel-logout`, {
    method: 'POST',
    headers: { 'Content-Type': contentType },
    body,
  })
}

async function tell(
  world: TestBff,
  claims?: Record<string, unknown>,
  header?: Record<string, unknown>,
): Promise<Response> {
  return send(world, `logout_token=${await world.provider.logoutToken(claims, header)}`)
}

async function statusOfCall({ browser }: Pick<TestBff, 'browser'>): Promise<number> {
  return (await browser.fetch('/api/notes')).status
}

/** A world in which somebody has been signed in for a moment. */
async function signedIn(options: Partial<BffOptions> = {}): Promise<TestBff> {
  const world = await signedInTestBff(options)
  world.clock.advance(1)
  return world
}

const providerOptions = {
  issuer,
  clientId: 'app',
  clientSecret: 'a secret of the client',
} as const

test.for(['cookie', 'server'] as const)(
  'oidcc-client-test-rp-backchannel-rpinitlogout: a session that ended at the provider is over here, in %s mode',
  async (mode) => {
    const session = { secrets: ['correct horse battery staple and then some'], mode }
    const world = await signedIn({ session })

    const answer = await tell(world)
    const call = await world.browser.fetch('/api/notes')

    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(call.status).toBe(401)
    expect(await call.json()).toMatchObject({ code: 'session_ended' })
    expect(world.eventsNamed('signed-out-at-provider')).toEqual([
      {
        name: 'signed-out-at-provider',
        channel: 'back',
        scope: 'session',
        reach: 'everywhere',
      },
    ])
  },
)

type Claims = Record<string, unknown>

type Refused = readonly [
  title: string,
  claims: Claims | ((now: number) => Claims),
  header: Record<string, unknown>,
  word: string,
]

const event = 'http://schemas.openid.net/event/backchannel-logout'

const refused: readonly Refused[] = [
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-alg-none: an unsigned token',
    {},
    { alg: 'none' },
    'algorithm',
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg: a token signed with the client’s secret',
    {},
    { alg: 'HS256' },
    'algorithm',
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg: a token signed with an algorithm that is not pinned',
    {},
    { alg: 'RS384' },
    'algorithm',
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss: a token of another issuer',
    { iss: 'https://evil.example' },
    {},
    'iss',
  ],
  ['a token without an issuer', { iss: undefined }, {}, 'iss'],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud: a token for another app',
    { aud: 'another-app' },
    {},
    'aud',
  ],
  ['a token without an audience', { aud: undefined }, {}, 'aud'],
  ['a token for us and another app', { aud: ['app', 'another-app'] }, {}, 'aud'],
  ['a token that another app asked for', { azp: 'another-app' }, {}, 'azp'],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event: a token about another event',
    { events: { 'http://schemas.openid.net/event/other': {} } },
    {},
    'events',
  ],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-no-event: a token about nothing',
    { events: undefined },
    {},
    'events',
  ],
  ['a token whose event is no object', { events: { [event]: true } }, {}, 'events'],
  ['a token whose event is a list', { events: { [event]: [] } }, {}, 'events'],
  ['a token whose events are a word', { events: event }, {}, 'events'],
  [
    'oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce: a token with a nonce',
    { nonce: 'abc' },
    {},
    'nonce',
  ],
  ['a token with an empty nonce', { nonce: null }, {}, 'nonce'],
  ['a token about nobody', { sid: undefined }, {}, 'sub or sid'],
  ['a token whose sid is no string', { sid: 7 }, {}, 'sub or sid'],
  ['a token whose sub is no string', { sub: ['ada'] }, {}, 'sub or sid'],
  ['a token with an empty sid', { sid: '' }, {}, 'sub or sid'],
  ['a token without iat', { iat: undefined }, {}, 'iat'],
  ['a token from long ago', (now) => ({ iat: now - 271 }), {}, 'iat'],
  ['a token from the future', (now) => ({ iat: now + 31 }), {}, 'iat'],
  ['a token that is not valid yet', (now) => ({ nbf: now + 31 }), {}, 'nbf'],
  ['a token that has expired', (now) => ({ exp: now - 30 }), {}, 'exp'],
  ['a token without exp', { exp: undefined }, {}, 'exp'],
  ['a token without jti', { jti: undefined }, {}, 'jti'],
  ['a token whose jti is no string', { jti: 7 }, {}, 'jti'],
  ['an access token in the place of a logout token', {}, { typ: 'at+jwt' }, 'typ'],
  ['a token whose type is no string', {}, { typ: 7 }, 'typ'],
]

test.for(refused)('%s ends nothing', async ([, claims, header, word]) => {
  const world = await signedIn()

  const answer = await tell(world, at(world, claims), header)

  expect(answer.status).toBe(400)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(await answer.json()).toEqual({
    error: 'invalid_request',
    error_description: `The logout token was refused for its ${word}.`,
  })
  expect(world.eventsNamed('provider-logout-refused')).toMatchObject([{ reason: word }])
  expect(await statusOfCall(world)).toBe(200)
})

test('a token signed by somebody else with the provider’s kid ends nothing', async () => {
  const world = await signedIn()
  const { privateKey } = await generateKeyPair('RS256')
  const genuine = await world.provider.logoutToken()
  const payload = JSON.parse(
    Buffer.from(genuine.split('.')[1] ?? '', 'base64url').toString(),
  ) as Record<string, unknown>
  const forged = await new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', kid: 'stub', typ: 'logout+jwt' })
    .sign(privateKey)

  const answer = await send(world, `logout_token=${forged}`)

  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    error_description: 'The logout token was refused for its signature.',
  })
  expect(await statusOfCall(world)).toBe(200)
})

test('a token that brings its own key is judged by the provider’s keys', async () => {
  const world = await signedIn()
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const key = await importJWK(await exportJWK(privateKey), 'RS256')
  const forged = await new SignJWT({
    iss: issuer,
    aud: 'app',
    iat: world.clock.now(),
    exp: world.clock.now() + 60,
    jti: 'x',
    sid: 'provider-session',
    events: { [event]: {} },
  })
    .setProtectedHeader({ alg: 'RS256', jwk, typ: 'logout+jwt' })
    .sign(key)

  const answer = await send(world, `logout_token=${forged}`)

  expect(answer.status).toBe(400)
  expect(await statusOfCall(world)).toBe(200)
})

test('an ID token is no logout token', async () => {
  const world = await signedIn()
  const idToken = world.provider.issued.find((value) => value.startsWith('eyJ')) ?? ''

  const answer = await send(world, `logout_token=${idToken}`)

  expect(answer.status).toBe(400)
  expect(await statusOfCall(world)).toBe(200)
})

test('a flood of tokens with unknown keys asks for the provider’s keys once', async () => {
  const world = await signedIn()
  const before = world.provider.keyRequests
  const tokens = await Promise.all(
    Array.from({ length: 20 }, (_, serial) =>
      world.provider.logoutToken({}, { kid: `k${serial}` }),
    ),
  )

  const answers = await Promise.all(tokens.map((token) => send(world, `logout_token=${token}`)))

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(400))
  expect(world.provider.keyRequests - before).toBeLessThanOrEqual(1)
})

test.for(['x', 'a.b.c', 'a.b.c.d.e', 'e30.W10.AA'])(
  'what is no JWT, as %s, does not make us ask the provider for anything',
  async (logoutToken) => {
    const world = await testBff()
    const asked: string[] = []
    world.internet.host(issuer, ({ url }) => {
      asked.push(url)
      return new Response(null, { status: 500 })
    })

    const answer = await send(world, `logout_token=${logoutToken}`)

    expect(answer.status).toBe(400)
    expect(world.eventsNamed('provider-logout-refused')).toMatchObject([{ reason: 'malformed' }])
    expect(asked).toEqual([])
  },
)

test('nothing of a refused token is repeated, to the caller or to the log', async () => {
  const world = await signedIn()

  const answer = await tell(world, { iss: 'https://mirror-mirror.example', jti: 'mirror-jti' })

  const seen = `${await answer.text()} ${JSON.stringify(world.events)}`
  expect(seen).not.toMatch(/mirror|eyJ/)
})

test.for([
  ['without a token', 'other=1', undefined],
  ['with an empty token', 'logout_token=', undefined],
  ['with two tokens', 'logout_token=a&logout_token=b', undefined],
  ['as JSON', '{"logout_token":"a"}', 'application/json'],
  ['as plain text', 'logout_token=a', 'text/plain'],
  [
    'as a type that begins like a form’s',
    'logout_token=a',
    'application/x-www-form-urlencoded-not',
  ],
] as const)('a request %s is refused in the standard’s words', async ([, body, contentType]) => {
  const world = await testBff()

  const answer = await send(world, body, contentType)

  expect(answer.status).toBe(400)
  expect(await answer.json()).toEqual({
    error: 'invalid_request',
    error_description: 'Send one logout_token in a form-encoded body.',
  })
})

test('the token counts in the body alone', async () => {
  const world = await signedIn()
  const token = await world.provider.logoutToken()

  const answer = await world.internet.fetch(
    `${publicUrl}/auth/backchannel-logout?logout_token=${token}`,
    { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: '' },
  )

  expect(answer.status).toBe(400)
  expect(await statusOfCall(world)).toBe(200)
})

test('fields that nobody here knows do no harm', async () => {
  const world = await signedIn()
  const token = await world.provider.logoutToken()

  const answer = await send(
    world,
    `x=1&logout_token=${token}&y=2`,
    'application/x-www-form-urlencoded; charset=utf-8',
  )

  expect(answer.status).toBe(200)
  expect(await statusOfCall(world)).toBe(401)
})

const accepted: readonly [
  title: string,
  claims: Claims | ((now: number) => Claims),
  header: Record<string, unknown>,
][] = [
  ['of no type', {}, { typ: undefined }],
  ['of the type JWT', {}, { typ: 'JWT' }],
  ['of the type in full', {}, { typ: 'application/logout+jwt' }],
  ['for us alone, in a list', { aud: ['app'] }, {}],
  ['with sub and sid', { sub: 'ada' }, {}],
  ['from a clock that is half a minute ahead', (now) => ({ iat: now + 30 }), {}],
  ['that expired within the tolerance', (now) => ({ exp: now - 29 }), {}],
]

test.for(accepted)('accepts a token %s', async ([, claims, header]) => {
  const world = await signedIn()

  const answer = await tell(world, at(world, claims), header)

  expect(answer.status).toBe(200)
  expect(await statusOfCall(world)).toBe(401)
})

function at({ clock }: TestBff, claims: Claims | ((now: number) => Claims)): Claims {
  return typeof claims === 'function' ? claims(clock.now()) : claims
}

test('where the type is required, a token that does not say what it is ends nothing', async () => {
  const world = await signedIn({ provider: { ...providerOptions, requireLogoutTokenType: true } })

  const answers = [
    await tell(world, {}, { typ: 'JWT' }),
    await tell(world, {}, { typ: undefined }),
    await tell(world, {}, { typ: 'logout+jwt' }),
  ]

  expect(answers.map(({ status }) => status)).toEqual([400, 400, 200])
})

test('a token for us and a trusted audience is accepted, and one for a stranger too is not', async () => {
  const world = await signedIn({ provider: { ...providerOptions, trustedAudiences: ['our-jobs'] } })

  const foreign = await tell(world, { aud: ['app', 'our-jobs', 'stranger'] })
  const before = await statusOfCall(world)
  const trusted = await tell(world, { aud: ['app', 'our-jobs'] })

  expect([foreign.status, before, trusted.status]).toEqual([400, 200, 200])
  expect(await statusOfCall(world)).toBe(401)
})

test('where tokens without exp are accepted, only a fresh one is', async () => {
  const world = await signedIn({
    provider: { ...providerOptions, acceptLogoutTokensWithoutExpiry: true },
  })

  const stale = await tell(world, { exp: undefined, iat: world.clock.now() - 400 })
  const undated = await tell(world, { exp: undefined, iat: undefined })
  const before = await statusOfCall(world)
  const fresh = await tell(world, { exp: undefined })

  expect([stale.status, undated.status, before, fresh.status]).toEqual([400, 400, 200, 200])
  expect(await statusOfCall(world)).toBe(401)
})

test('a session that is over already, or was never here, is a success', async () => {
  const world = await signedIn()
  await world.browser.fetch('/auth/logout', { method: 'POST' })

  const over = await tell(world)
  const unknown = await tell(world, { sid: 'never-heard-of' })
  const stranger = await tell(world, { sid: undefined, sub: 'nobody' })

  expect([over.status, unknown.status, stranger.status]).toEqual([200, 200, 200])
})

test('ends the sessions of one provider session and of no other', async () => {
  const world = await signedIn()
  const elsewhere = world.browser.with(new Map())
  world.provider.idTokenClaims = { sid: 'another-provider-session' }
  await elsewhere.navigate('/auth/login')
  world.clock.advance(1)

  await tell(world)

  expect(await statusOfCall(world)).toBe(401)
  expect((await elsewhere.fetch('/api/notes')).status).toBe(200)
})

test('a token about a user ends all sessions of that user and of nobody else', async () => {
  const world = await signedIn()
  const phone = world.browser.with(new Map())
  world.provider.idTokenClaims = { sid: 'of-the-phone' }
  await phone.navigate('/auth/login')
  world.provider.sub = 'grace'
  const grace = world.browser.with(new Map())
  await grace.navigate('/auth/login')
  world.clock.advance(1)

  const answer = await tell(world, { sid: undefined, sub: 'ada' })

  expect(answer.status).toBe(200)
  expect(await statusOfCall(world)).toBe(401)
  expect((await phone.fetch('/api/notes')).status).toBe(401)
  expect((await grace.fetch('/api/notes')).status).toBe(200)
})

test('a session that begins later lives, within the same second too', async () => {
  const world = await signedInTestBff()
  world.clock.advance(0.001)
  await tell(world)
  world.clock.advance(0.001)

  await world.browser.navigate('/auth/login')

  expect(await statusOfCall(world)).toBe(200)
})

test('a session whose code is being traded when the provider ends it is over when it begins', async () => {
  const world = await testBff()
  const gate = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  world.internet.host(issuer, async (request) => {
    if (new URL(request.url).pathname !== '/token') return world.provider.app.fetch(request)
    asked.resolve()
    await gate.promise
    return world.provider.app.fetch(request)
  })
  const arrival = world.browser.navigate('/auth/login')
  await asked.promise
  world.clock.advance(1)

  const answer = await tell(world)
  world.clock.advance(1)
  gate.resolve()
  await arrival

  expect(answer.status).toBe(200)
  expect(await statusOfCall(world)).toBe(401)
})

test('a token that comes late spares the session that began after it', async () => {
  const world = await signedIn()
  const elsewhere = world.browser.with(world.browser.cookies())
  const body = `logout_token=${await world.provider.logoutToken()}`
  world.clock.advance(31)
  await world.browser.navigate('/auth/login')
  world.clock.advance(60)

  const answer = await send(world, body)

  expect(answer.status).toBe(200)
  expect(await statusOfCall(world)).toBe(200)
  expect((await elsewhere.fetch('/api/notes')).status).toBe(401)
})

test('a token of a clock that is behind ours ends what began before it', async () => {
  const world = await signedInTestBff()
  world.clock.advance(1)

  const answer = await tell(world, { iat: world.clock.now() - 29 })

  expect(answer.status).toBe(200)
  expect(await statusOfCall(world)).toBe(401)
})

test('a replayed token is refused and ends no new session', async () => {
  const world = await signedIn()
  const body = `logout_token=${await world.provider.logoutToken()}`
  await send(world, body)
  await world.browser.navigate('/auth/login')
  world.clock.advance(1)

  const replay = await send(world, body)

  expect(replay.status).toBe(400)
  expect(await replay.json()).toMatchObject({
    error_description: 'The logout token was used before.',
  })
  expect(await statusOfCall(world)).toBe(200)
})

test('a replayed token is refused for as long as it would pass', async () => {
  const world = await signedInTestBff()
  world.clock.advance(1)
  const body = `logout_token=${await world.provider.logoutToken({
    iat: world.clock.now() + 25,
    exp: world.clock.now() + 25 + 600,
  })}`
  await send(world, body)
  await world.browser.navigate('/auth/login')

  const statuses: number[] = []
  for (const seconds of [100, 100, 80, 14]) {
    world.clock.advance(seconds)
    statuses.push((await send(world, body)).status)
  }

  expect(statuses).toEqual([400, 400, 400, 400])
  expect(world.eventsNamed('provider-logout-refused').map(({ reason }) => reason)).toEqual([
    'replayed',
    'replayed',
    'replayed',
    'replayed',
  ])
})

test('without the memory of used tokens a replay ends the new session', async () => {
  const store = forgetful('logout-token/')
  const world = await signedIn({ store })
  const body = `logout_token=${await world.provider.logoutToken()}`
  await send(world, body)
  await world.browser.navigate('/auth/login')
  world.clock.advance(1)

  const replay = await send(world, body)

  expect(replay.status).toBe(200)
  expect(await statusOfCall(world)).toBe(401)
})

test('tells every instance, and another one refuses the replay', async () => {
  const store = memoryStore(systemClock)
  const world = await signedIn({ store })
  const other = anotherInstance(world, { store })
  const copied = world.browser.cookies()
  const body = `logout_token=${await world.provider.logoutToken()}`

  const answer = await send(world, body)
  const replay = await other.bff.app.request('/auth/backchannel-logout', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
  })

  expect([answer.status, replay.status]).toEqual([200, 400])
  await expect
    .poll(async () => (await other.browser(copied).fetch('/api/notes')).status, { timeout: 1000 })
    .toBe(401)
})

test('the tokens of the ended session are revoked when its cookie shows up', async () => {
  const world = await signedIn()

  await tell(world)
  await world.browser.fetch('/auth/session')

  await expect
    .poll(() => world.provider.issued.filter((token) => world.provider.isActive(token)))
    .toEqual([])
})

test('tokens that a refresh under way brings after the end are revoked', async () => {
  const world = await signedIn()
  const gate = Promise.withResolvers<void>()
  world.clock.advance(300)
  world.provider.tokenAnswer = async () => {
    await gate.promise
    return Response.json({
      access_token: 'late-access',
      refresh_token: 'late-refresh',
      token_type: 'Bearer',
      expires_in: 60,
    })
  }
  const underWay = world.browser.fetch('/api/notes')
  await expect.poll(() => world.provider.tokenRequests('refresh_token')).toBe(1)

  await tell(world)
  gate.resolve()
  const answer = await underWay

  expect(answer.status).toBe(401)
  expect(world.provider.revocations).toEqual(
    expect.arrayContaining(['late-refresh', 'late-access']),
  )
})

test.for([
  ['one session', {}],
  ['a user', { sid: undefined, sub: 'ada' }],
] as const)(
  'the list of the user’s sessions drops what a token about %s ended',
  async ([, claims]) => {
    const world = await signedIn()

    await tell(world, claims)
    world.provider.idTokenClaims = { sid: 'a-later-one' }
    await world.browser.navigate('/auth/login')
    const list = (await (await world.browser.fetch('/auth/sessions')).json()) as {
      readonly sessions: readonly unknown[]
    }

    expect(list.sessions).toHaveLength(1)
  },
)

test('while the provider’s keys can’t be had, the answer is 400 and nothing ends', async () => {
  const world = await signedIn()
  const token = await world.provider.logoutToken()
  const other = anotherInstance(world, { store: 'memory:' })
  world.internet.unplug(issuer)

  const answer = await other.bff.app.request('/auth/backchannel-logout', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `logout_token=${token}`,
  })

  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  expect(other.events).toContainEqual(
    expect.objectContaining({ name: 'provider-logout-refused', reason: 'keys' }),
  )
})

test('while the store is down, ends what this instance can reach, says 400, and takes the token again afterwards', async () => {
  const store = breakable()
  const world = await signedIn({ store })
  const body = `logout_token=${await world.provider.logoutToken()}`
  store.broken = true

  const during = await send(world, body)
  const call = await world.browser.fetch('/api/notes')
  store.broken = false
  world.clock.advance(2)
  const after = await send(world, body)

  expect([during.status, call.status, after.status]).toEqual([400, 401, 200])
})

test('a logout that failed half way may be tried again with the same token', async () => {
  const store = breakable()
  const world = await signedIn({ store })
  const body = `logout_token=${await world.provider.logoutToken()}`
  store.breaks = (key) => key.startsWith('ended-at-provider/')

  const first = await send(world, body)
  store.breaks = () => false
  const second = await send(world, body)

  expect([first.status, second.status]).toEqual([400, 200])
  expect(await statusOfCall(world)).toBe(401)
})

test('while the store is down a replay spares the session that began after the token', async () => {
  const store = breakable()
  const world = await signedIn({ store })
  const body = `logout_token=${await world.provider.logoutToken()}`
  await send(world, body)
  world.clock.advance(31)
  await world.browser.navigate('/auth/login')
  world.clock.advance(1)
  store.broken = true

  const replay = await send(world, body)

  expect(replay.status).toBe(400)
  expect(await statusOfCall(world)).toBe(200)
})

/** A store that remembers nothing under a prefix. */
function forgetful(prefix: string): Store {
  const store = memoryStore(systemClock)
  const { replace } = store.keyValue
  return {
    ...store,
    keyValue: {
      ...store.keyValue,
      replace: async (key, ...rest) => key.startsWith(prefix) || replace(key, ...rest),
    },
  }
}

interface Breakable extends Store {
  broken: boolean
  /** Which keys can't be set. */
  breaks: (key: string) => boolean
}

function breakable(): Breakable {
  const inner = memoryStore(systemClock)
  const check = () => {
    if (store.broken) throw new Error('the store is down')
  }
  const store: Breakable = {
    broken: false,
    breaks: () => false,
    close: inner.close,
    journal: {
      append: async (...values) => (check(), inner.journal.append(...values)),
      since: async (cursor) => (check(), inner.journal.since(cursor)),
    },
    keyValue: {
      get: async (key) => (check(), inner.keyValue.get(key)),
      set: async (key, ...rest) => {
        check()
        if (store.breaks(key)) throw new Error('this one can’t be set')
        return inner.keyValue.set(key, ...rest)
      },
      replace: async (...values) => (check(), inner.keyValue.replace(...values)),
      delete: async (key) => (check(), inner.keyValue.delete(key)),
      ping: async () => check(),
    },
  }
  return store
}

test('a token that names the session of somebody else ends nothing', async () => {
  const world = await signedIn()

  const answer = await tell(world, { sid: 'provider-session', sub: 'mallory' })

  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  expect(world.eventsNamed('provider-logout-refused')).toMatchObject([{ reason: 'sub' }])
  expect(await statusOfCall(world)).toBe(200)
})

test('a token with two names for a session that is not known here is answered as any other', async () => {
  const world = await signedIn()

  const answer = await tell(world, { sid: 'never-seen', sub: 'mallory' })

  expect(answer.status).toBe(200)
  expect(await statusOfCall(world)).toBe(200)
})
