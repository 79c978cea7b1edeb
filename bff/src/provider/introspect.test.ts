import { expect, test } from 'vitest'
import {
  changed,
  hanging,
  huge,
  redirecting,
  saying,
  text,
  type Answer,
  type Json,
} from '../testing/hostile-answers.ts'
import {
  hmacWithPublicKey,
  honestly,
  newKey,
  signedBy,
  unsigned,
  type Sign,
} from '../testing/hostile-tokens.ts'
import { hostileTestBff, type HostileTestBff } from '../testing/hostile-test-bff.ts'
import type { ProviderOptions } from '../options/options.ts'

const everySeconds = 30

/** Signed in, and about to be asked about at the next call. */
async function askingTestBff(options: Partial<ProviderOptions> = {}): Promise<HostileTestBff> {
  const world = await hostileTestBff({ introspection: everySeconds, ...options })
  await world.signIn()
  world.clock.advance(everySeconds)
  return world
}

async function call({ browser }: HostileTestBff): Promise<number> {
  return (await browser.fetch('/api/notes')).status
}

test.for([
  ['another user', { sub: 'mallory' }, 'another sub'],
  ['a list with the user in it', { sub: ['ada'] }, 'another sub'],
  ['another client', { client_id: 'stranger' }, 'another client_id'],
  ['another issuer', { iss: 'https://id.example.org' }, 'another iss'],
] as const)(
  'an answer about the token of %s ends the session: what it does, it would do for them',
  async ([, claims, detail]) => {
    const world = await askingTestBff()
    world.provider.answers.introspection = changed(claims)

    const status = await call(world)

    expect(status).toBe(401)
    expect(world.eventsNamed('session-ended')).toMatchObject([{ end: 'token-revoked', detail }])
  },
)

test.for(['text/plain', 'text/html; charset=utf-8', 'application/problem+json', ''])(
  'RFC 7662 §2.2: an answer of not active that is called %s is no answer, and ends nothing',
  async (type) => {
    const world = await askingTestBff()
    world.provider.answers.introspection = text(200, type, '{"active":false}')

    expect(await call(world)).toBe(200)
    expect(world.eventsNamed('token-check-failed')).toMatchObject([
      { detail: expect.stringContaining('not called application/json') },
    ])
    expect(world.eventsNamed('session-ended')).toEqual([])
  },
)

test('an answer of not active that is called application/json, however that is spelled, ends the session', async () => {
  const world = await askingTestBff()
  world.provider.answers.introspection = text(
    200,
    'Application/JSON;charset=UTF-8',
    '{"active":false}',
  )

  expect(await call(world)).toBe(401)
})

test('an answer that names nobody contradicts nothing', async () => {
  const world = await askingTestBff()
  world.provider.answers.introspection = saying(200, { active: true })

  expect(await call(world)).toBe(200)
})

test('an answer of any size is not read to its end, and ends nothing', async () => {
  const world = await askingTestBff()
  world.provider.answers.introspection = huge(1_100_000)

  expect(await call(world)).toBe(200)
  expect(world.eventsNamed('token-check-failed')).toMatchObject([
    { detail: expect.stringContaining('larger than') },
  ])
})

test('an answer that sends us elsewhere does not get the token and the secret there', async () => {
  const world = await askingTestBff()
  world.provider.answers.introspection = redirecting('/elsewhere')

  expect(await call(world)).toBe(200)
  expect(world.provider.requests).toContain('POST /introspect')
  expect(world.provider.requests.join()).not.toContain('/elsewhere')
})

test('a silent endpoint is waited for three seconds, once', { timeout: 10_000 }, async () => {
  const world = await askingTestBff()
  world.provider.answers.introspection = hanging

  const startedAt = Date.now()
  const statuses = [await call(world), await call(world), await call(world)]
  const seconds = (Date.now() - startedAt) / 1000

  expect(statuses).toEqual([200, 200, 200])
  expect(seconds).toBeGreaterThan(2.5)
  expect(seconds).toBeLessThan(5)
})

test('the token goes in the body of a POST, and into no line of the log', async () => {
  const world = await askingTestBff()
  let body = ''
  let url = ''
  world.provider.answers.introspection = (response, usual) => {
    url = response.req.url ?? ''
    body = String(usual['active'])
    saying(500, {})(response, {})
  }
  const { accessToken } = world.provider

  await call(world)

  expect([url, body]).toEqual(['/introspect', 'true'])
  expect(JSON.stringify(world.events)).not.toContain(accessToken)
})

const jwt =
  (sign: Sign, claims: Json = {}, header: Json = {}) =>
  (world: HostileTestBff): Answer =>
  async (response, usual) => {
    const { key, issuer, now } = world.provider
    const signed = await sign(
      { alg: 'RS256', kid: 'first', typ: 'token-introspection+jwt', ...header },
      { iss: issuer, aud: 'app', iat: now(), token_introspection: usual, ...claims },
      key,
    )
    text(200, 'application/token-introspection+jwt', signed)(response, usual)
  }

test('RFC 9701 §5: an answer that is signed by the provider is taken', async () => {
  const world = await askingTestBff()
  world.provider.answers.introspection = jwt(honestly, {
    token_introspection: { active: false },
  })(world)

  expect(await call(world)).toBe(401)
})

test.for([
  ['is signed by a stranger', async () => jwt(signedBy(await newKey('RS256', 'first')))],
  ['is not signed', async () => jwt(unsigned)],
  ['is made for another', async () => jwt(honestly, { aud: 'stranger' })],
  ['is by another issuer', async () => jwt(honestly, { iss: 'https://id.example.org' })],
  ['is another kind of token', async () => jwt(honestly, {}, { typ: 'at+jwt' })],
] as const)('RFC 9701 §5: an answer that %s is no answer', async ([, forge]) => {
  const world = await askingTestBff()
  const forged = (await forge())(world)
  world.provider.answers.introspection = (response) => forged(response, { active: false })

  expect(await call(world)).toBe(200)
  expect(world.eventsNamed('token-check-failed')).toHaveLength(1)
})

const both = { id_token_signing_alg_values_supported: ['RS256', 'ES256'] }

const algorithms: readonly [string, Json, number][] = [
  [
    'what is offered for it is taken',
    { introspection_signing_alg_values_supported: ['ES256'] },
    401,
  ],
  [
    'what is offered for ID tokens alone is not',
    { introspection_signing_alg_values_supported: ['RS256'], ...both },
    200,
  ],
  ['nothing is offered for it, what is offered for ID tokens counts', both, 401],
]

test.for(algorithms)(
  'RFC 9701 §7: an answer may be signed otherwise than ID tokens: %s',
  async ([, metadata, status]) => {
    const world = await hostileTestBff({ introspection: everySeconds })
    const { provider } = world
    const other = await newKey('ES256', 'other')
    provider.published = [...provider.published, other.jwk]
    provider.metadata = metadata
    await world.signIn()
    world.clock.advance(everySeconds)
    const sign: Sign = (header, claims) =>
      honestly({ ...header, alg: 'ES256', kid: 'other' }, claims, other)
    provider.answers.introspection = jwt(sign, { token_introspection: { active: false } })(world)

    expect(await call(world)).toBe(status)
  },
)

test.for([
  ['none', unsigned],
  ['HS256', hmacWithPublicKey('PEM')],
] as const)(
  'RFC 9701 §7: an answer signed with %s is none, though it be offered',
  async ([name, sign]) => {
    const world = await hostileTestBff({ introspection: everySeconds })
    world.provider.metadata = { introspection_signing_alg_values_supported: [name] }
    await world.signIn()
    world.clock.advance(everySeconds)
    world.provider.answers.introspection = jwt(sign, { token_introspection: { active: false } })(
      world,
    )

    expect(await call(world)).toBe(200)
  },
)

const byUserinfo = { introspectByUserinfo: true } as const

async function withoutEndpoint(options: Partial<ProviderOptions> = byUserinfo) {
  const world = await hostileTestBff({ introspection: everySeconds, ...options })
  world.provider.metadata = { introspection_endpoint: undefined }
  await world.signIn()
  world.clock.advance(everySeconds)
  return world
}

/** RFC 6750 §3.1. */
const challenge =
  (value: string, status = 401): Answer =>
  (response) =>
    void response.writeHead(status, { 'WWW-Authenticate': value }).end()

test('userinfo serves for the check where there is no endpoint for it', async () => {
  const world = await withoutEndpoint()

  const good = await call(world)
  world.provider.answers.userinfo = challenge('Bearer error="invalid_token"')
  world.clock.advance(everySeconds)
  const over = await call(world)

  expect([good, over]).toEqual([200, 401])
  expect(world.eventsNamed('session-ended')).toMatchObject([{ end: 'token-revoked' }])
})

test('userinfo about another user ends the session', async () => {
  const world = await withoutEndpoint()
  world.provider.answers.userinfo = changed({ sub: 'mallory' })

  expect(await call(world)).toBe(401)
})

test.for<readonly [string, Answer]>([
  ['refuses without saying what', challenge('Bearer')],
  ['refuses us as something else', challenge('DPoP error="use_dpop_nonce"')],
  ['finds the scope too narrow', challenge('Bearer error="insufficient_scope"', 403)],
  ['is in trouble', saying(500, {})],
  ['is a page', text(200, 'text/html', '<p>')],
  ['says nothing of whom it is about', changed({ sub: undefined })],
])('userinfo that %s ends nothing', async ([, answer]) => {
  const world = await withoutEndpoint()
  world.provider.answers.userinfo = answer

  expect(await call(world)).toBe(200)
})

test('userinfo is not asked in place of the endpoint unless the options say so', async () => {
  const world = await withoutEndpoint({})

  expect(await call(world)).toBe(200)
  expect(world.provider.requests).not.toContain('GET /userinfo')
})
