import { ok } from '@strongroom/client'
import { UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { createKeyRing } from '../base/key-ring.ts'
import { sealerWith } from '../base/sealer.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'
import type { BffOptions, UpstreamOptions } from '../options/options.ts'
import { narrowTokenSchema } from '../provider/token-set.ts'
import { bindTokens } from '../testing/bound-tokens.ts'
import {
  anotherInstance,
  apiUrl,
  baseOptions,
  issuer,
  secret,
  signedInTestBff,
  testBff,
  type TestBff,
} from '../testing/test-bff.ts'
import { createClientTokens, type TokenClient } from './client-tokens.ts'

const scopes = ['reports:read']

function rows(clientToken: NonNullable<UpstreamOptions['clientToken']> = { scopes }) {
  const upstreams = [
    { prefix: '/api', target: `${apiUrl}/v1` },
    { prefix: '/api/reports', target: `${apiUrl}/reports`, token: 'client', clientToken },
  ] as const
  return { upstreams } satisfies Partial<BffOptions>
}

const asked = ({ provider }: TestBff) => provider.tokenRequests('client_credentials')

function sentTo({ apiCalls }: TestBff, path: string): string[] {
  return apiCalls
    .filter(({ url }) => new URL(url).pathname.startsWith(path))
    .map(({ headers }) => headers.get('Authorization')?.replace('Bearer ', '') ?? '')
}

test('calls bear a token of the app’s own, the same for all sessions, and never a user’s', async () => {
  const world = await signedInTestBff(rows({ scopes, resource: 'https://reports.example.com' }))
  const grace = anotherBrowser(world)
  world.provider.sub = 'grace'
  await grace.navigate('/auth/login')

  await Promise.all([world.browser.fetch('/api/reports/x'), grace.fetch('/api/reports/x')])
  await world.browser.fetch('/api/notes')

  const [token, again] = sentTo(world, '/reports')
  expect(token).toMatch(/^client-/)
  expect(again).toBe(token)
  expect(sentTo(world, '/v1')[0]).toMatch(/^access-/)
  expect(asked(world)).toBe(1)
  expect(world.provider.aboutToken(token ?? '')).toEqual({
    audience: 'https://reports.example.com',
    scope: 'reports:read',
  })
})

test('who is not signed in gets none, and nobody asks for one', async () => {
  const world = await testBff(rows())

  const answer = await world.browser.fetch('/api/reports/x')

  expect(answer.status).toBe(401)
  expect(world.apiCalls).toEqual([])
  expect(asked(world)).toBe(0)
})

test('a signed-out user’s cookie opens nothing more', async () => {
  const world = await signedInTestBff(rows())
  const cookies = world.browser.cookies()
  await world.browser.fetch('/auth/logout', { method: 'POST' })

  const answer = await world.browser.with(cookies).fetch('/api/reports/x')

  expect(answer.status).toBe(401)
  expect(world.apiCalls).toEqual([])
})

const asking = { provider: { ...baseOptions.provider, introspection: 30 } }

test('whose token was revoked at the provider acts with the app’s rights no more, and their session ends', async () => {
  const world = await signedInTestBff({ ...rows(), ...asking })
  const cookies = world.browser.cookies()
  world.provider.withdrawAccessTokens()
  world.clock.advance(30)

  const answer = await world.browser.fetch('/api/reports/x')
  const copy = await world.browser.with(cookies).fetch('/api/reports/x')

  expect([answer.status, copy.status]).toEqual([401, 401])
  expect(await answer.json()).toMatchObject({ code: 'session_ended', reason: 'token-revoked' })
  expect(world.apiCalls).toEqual([])
  expect(asked(world)).toBe(0)
})

test('nor when no other row has renewed their token for long, and the provider refuses to', async () => {
  const world = await signedInTestBff({ ...rows(), ...asking })
  world.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
  world.clock.advance(1000)

  const answer = await world.browser.fetch('/api/reports/x')

  expect(await answer.json()).toMatchObject({ code: 'session_ended', reason: 'refresh-refused' })
  expect(world.apiCalls).toEqual([])
})

test('whose token is good goes on, and a renewal for it reaches the browser', async () => {
  const world = await signedInTestBff({ ...rows(), ...asking })
  world.clock.advance(1000)
  const renewed = await world.browser.fetch('/api/reports/x')
  world.clock.advance(30)
  const checked = await world.browser.fetch('/api/reports/x')

  expect([renewed.status, checked.status]).toEqual([200, 200])
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
  expect(world.provider.introspections).toHaveLength(1)
  expect(world.eventsNamed('late-call-served')).toEqual([])
})

test.for([
  ['by default', {}, {}],
  ['for anybody', asking, { callers: 'anybody' }],
] as const)('%s nobody is asked, and no token of a user’s is renewed', async ([, options, row]) => {
  const world = await signedInTestBff({ ...rows(row), ...options })
  world.provider.withdrawAccessTokens()
  world.clock.advance(1000)

  const answer = await world.browser.fetch('/api/reports/x')

  expect(answer.status).toBe(200)
  expect(world.provider.introspections).toEqual([])
  expect(world.provider.tokenRequests('refresh_token')).toBe(0)
})

test('anybody is let in where the row says so', async () => {
  const world = await testBff(rows({ callers: 'anybody' }))

  const answer = await world.browser.fetch('/api/reports/x')

  expect(answer.status).toBe(200)
  expect(sentTo(world, '/reports')[0]).toMatch(/^client-/)
})

test('it is renewed before its end, and nobody waits for it', async () => {
  const world = await signedInTestBff({ ...rows(), accessTokenSeconds: 300 })
  await world.browser.fetch('/api/reports/x')

  world.clock.advance(250)
  await world.browser.fetch('/api/reports/x')
  await expect.poll(() => asked(world)).toBe(2)
  await world.browser.fetch('/api/reports/x')

  const [first, second, third] = sentTo(world, '/reports')
  expect(second).toBe(first)
  expect(third).not.toBe(first)
})

test('one that is over goes to no API, though nobody called for long', async () => {
  const world = await signedInTestBff({ ...rows({ callers: 'anybody' }), accessTokenSeconds: 300 })
  await world.browser.fetch('/api/reports/x')
  world.clock.advance(300)

  await world.browser.fetch('/api/reports/x')

  const [over, fresh] = sentTo(world, '/reports')
  expect(fresh).toMatch(/^client-/)
  expect(fresh).not.toBe(over)
})

test('an API that refuses every token has the provider asked for no new one while it is new', async () => {
  const world = await signedInTestBff(rows())
  world.api = () => new Response(null, { status: 401 })

  const answers = [
    await world.browser.fetch('/api/reports/x'),
    await world.browser.fetch('/api/reports/x'),
  ]
  const whileNew = asked(world)
  world.clock.advance(5)
  await world.browser.fetch('/api/reports/x')

  expect(answers.map(({ status }) => status)).toEqual([401, 401])
  expect([whileNew, asked(world)]).toEqual([1, 2])
})

test('instances share it by the store', async () => {
  const store = memoryStore(systemClock)
  const world = await signedInTestBff({ ...rows(), store })
  await world.browser.fetch('/api/reports/x')
  const other = anotherInstance(world, { ...rows(), store })

  await other.browser(world.browser.cookies()).fetch('/api/reports/x')

  const [first, second] = sentTo(world, '/reports')
  expect(second).toBe(first)
  expect(asked(world)).toBe(1)
})

test.for<[string, Partial<TokenClient>]>([
  ['client', { clientId: 'another' }],
  ['provider', { issuerIdentifier: 'https://id.example.com' }],
  ['certificate', { clientCertificate: { chain: 'the next one', key: 'its key' } }],
])('one of another %s lies in the same store, and is not used', async ([, changed]) => {
  const store = memoryStore(systemClock)
  const before: TokenClient = { issuerIdentifier: issuer, clientId: 'app', clientCertificate: null }
  const demand = { prefix: '/api', request: { scopes }, isBound: false }
  const take = (client: TokenClient, token: string) =>
    tokensOf(client, () => token, store).take(demand)
  await take(before, 'of-before')

  const [same, other] = [
    await take(before, 'not-needed'),
    await take({ ...before, ...changed }, 'of-its-own'),
  ]

  expect([same, other]).toMatchObject([
    { value: { accessToken: 'of-before' } },
    { value: { accessToken: 'of-its-own' } },
  ])
})

test('one that was got over a certificate which was renewed since is used no more', async () => {
  const clientCertificate = { chain: 'the first one', key: 'its key' }
  const client: TokenClient = { issuerIdentifier: issuer, clientId: 'app', clientCertificate }
  const demand = { prefix: '/api', request: { scopes }, isBound: false }
  let asked = 0
  const tokens = tokensOf(client, () => `token-${(asked += 1)}`)
  const taken = [await tokens.take(demand), await tokens.take(demand)]

  Object.assign(clientCertificate, { chain: 'the next one', key: 'its key' })
  taken.push(await tokens.take(demand), await tokens.take(demand))

  expect(taken).toMatchObject(
    ['token-1', 'token-1', 'token-2', 'token-2'].map((accessToken) => ({ value: { accessToken } })),
  )
})

/** As after a restart: nothing is remembered but by the store. */
function tokensOf(
  client: TokenClient,
  next: () => string,
  { keyValue }: Store = memoryStore(systemClock),
) {
  const issuedAt = systemClock.now()
  const given = () =>
    narrowTokenSchema.parse({ accessToken: next(), issuedAt, expiresAt: issuedAt + 600 })
  const nobody = () => Promise.reject(new Error('nothing is to be revoked'))
  return createClientTokens({
    client,
    provider: { clientToken: async () => ok(given()), revoke: nobody },
    revokeAtSignOut: 'both',
    outbox: { add: nobody, hold: nobody, drain: nobody, close: nobody },
    keyValue,
    sealer: sealerWith(createKeyRing([secret]).keys('store')),
    clock: systemClock,
    telemetry: { record: () => {} },
  })
}

test('one that the API refuses before its time is asked for anew, once', async () => {
  const world = await signedInTestBff(rows())
  await world.browser.fetch('/api/reports/x')
  const revoked = sentTo(world, '/reports')[0]
  world.clock.advance(10)
  world.api = (request) =>
    request.headers.get('Authorization') === `Bearer ${revoked}`
      ? new Response(null, { status: 401 })
      : Response.json({ ok: true })

  const answer = await world.browser.fetch('/api/reports/x')

  expect(answer.status).toBe(200)
  expect(asked(world)).toBe(2)
})

test('a provider that refuses it is not asked by each call, and no session ends', async () => {
  const world = await signedInTestBff(rows())
  world.provider.refusesTargets = 'invalid_scope'

  const answers = [
    await world.browser.fetch('/api/reports/x'),
    await world.browser.fetch('/api/reports/x'),
    await world.browser.fetch('/api/notes'),
  ]

  expect(answers.map(({ status }) => status)).toEqual([502, 502, 200])
  expect(asked(world)).toBe(1)
  expect(world.eventsNamed('client-token-failed')).toMatchObject([
    { prefix: '/api/reports', kind: 'narrowing-refused', detail: 'invalid_scope' },
  ])
})

const dpop = { provider: { ...baseOptions.provider, dpop: true } }
const somebodyElses = new UnsecuredJWT({ cnf: { jkt: 'another key' } }).encode()

interface Useless {
  readonly said: Readonly<Record<string, unknown>>
  readonly options?: Partial<BffOptions>
  /** What the log says. */
  readonly detail: string
}

const useless: readonly [string, Useless][] = [
  [
    'is of a type that nobody knows',
    { said: { token_type: 'mac' }, detail: 'unusable_token_type' },
  ],
  ['is a bearer token for a bound one', { said: {}, options: dpop, detail: 'token_not_bound' }],
  [
    'is bound to somebody else',
    {
      said: { access_token: somebodyElses, token_type: 'DPoP' },
      options: dpop,
      detail: 'token_not_bound',
    },
  ],
  [
    'comes with nothing that says what it is',
    { said: { token_type: undefined }, detail: expect.stringContaining('OAUTH_INVALID_RESPONSE') },
  ],
]

/** A call of a row that anybody may use, whose token is what the provider gives in its place. */
async function givenInstead({ options, said }: Omit<Useless, 'detail'>) {
  const world = await testBff({ ...rows({ callers: 'anybody' }), ...options })
  const answer = { access_token: 'given', token_type: 'Bearer', expires_in: 60, ...said }
  world.provider.tokenAnswer = () => Response.json(answer)
  return { ...world, call: () => world.browser.fetch('/api/reports/x'), given: answer.access_token }
}

test.for(useless)(
  'one that %s goes to no API and is revoked, once',
  async ([, { detail, ...instead }]) => {
    const { apiCalls, call, eventsNamed, given, provider } = await givenInstead(instead)

    const answers = [await call(), await call()]

    expect(answers.map(({ ok: isOk }) => isOk)).toEqual([false, false])
    expect(apiCalls).toEqual([])
    expect(provider.revocations).toEqual([given])
    expect(eventsNamed('client-token-failed')).toMatchObject([{ prefix: '/api/reports', detail }])
  },
)

test('one that is of no use is revoked later where that fails, and a refresh token beside it first', async () => {
  const said = { token_type: 'mac', refresh_token: 'beside it', expires_in: 600 }
  const world = await givenInstead({ said })
  let isDown = true
  world.internet.host(issuer, (request) =>
    isDown && request.url.endsWith('/revoke')
      ? new Response(null, { status: 503 })
      : world.provider.app.fetch(request),
  )

  const { status } = await world.call()
  const atOnce = [...world.provider.revocations]
  isDown = false
  world.clock.advance(60)
  await world.bff.drainRevocations()

  expect([status, atOnce]).toEqual([502, []])
  expect(world.provider.revocations).toEqual(['beside it', 'given'])
})

test('who revokes nothing at a sign-out revokes none of them either', async () => {
  const provider = { ...baseOptions.provider, revokeAtSignOut: 'neither' } as const
  const world = await givenInstead({ said: { token_type: 'mac' }, options: { provider } })

  const { status } = await world.call()

  expect([status, world.provider.revocationRequests]).toEqual([502, 0])
})

test('sign-out leaves it alone: it is not the user’s', async () => {
  const world = await signedInTestBff(rows())
  await world.browser.fetch('/api/reports/x')

  await world.browser.fetch('/auth/logout', { method: 'POST' })

  expect(world.provider.revocations.some((token) => token.startsWith('client-'))).toBe(false)
})

test('it is bound to a key where tokens are, and to none where its row says so', async () => {
  const provider = { ...baseOptions.provider, dpop: true }
  const world = await testBff({
    provider,
    upstreams: [
      ...rows().upstreams,
      { prefix: '/api/old', target: `${apiUrl}/old`, token: 'client', dpop: false },
    ],
  })
  const bound = bindTokens(world)
  await world.browser.navigate('/auth/login')

  const proven = await world.browser.fetch('/api/reports/x')
  world.api = () => Response.json({ ok: true })
  await world.browser.fetch('/api/old/x')

  const [session, client, old] = bound.proven.map(({ thumbprint }) => thumbprint)
  expect(proven.status).toBe(200)
  expect(client).not.toBe(session)
  expect([client !== null, old]).toEqual([true, null])
  expect(sentTo(world, '/old')[0]).toMatch(/^client-/)
})

function anotherBrowser(world: TestBff) {
  return world.browser.with(new Map())
}

test('a row for which the provider always fails keeps no token from the others, and is asked for once at growing intervals', async () => {
  const world = await signedInTestBff(twoRows())
  const failing = sayingOf(world, 'bad', () => new Response('oops', { status: 500 }))

  const statuses: number[][] = []
  for (let call = 0; call < 10; call += 1) {
    const [bad, good] = [
      await world.browser.fetch('/api/bad/x'),
      await world.browser.fetch('/api/good/x'),
    ]
    statuses.push([bad.status, good.status])
  }

  expect(statuses).toEqual(Array.from({ length: 10 }, () => [503, 200]))
  expect(failing.asked).toBe(1)
})

test('an answer that means nothing is believed for two seconds, and of its row alone', async () => {
  const world = await signedInTestBff(twoRows())
  let isMalformed = true
  const failing = sayingOf(world, 'bad', () =>
    isMalformed ? Response.json({ access_token: 'x', expires_in: 300 }) : null,
  )

  const failed = await world.browser.fetch('/api/bad/x')
  const again = await world.browser.fetch('/api/bad/x')
  const other = await world.browser.fetch('/api/good/x')
  const askedOnce = failing.asked
  isMalformed = false
  world.clock.advance(2)
  const later = await world.browser.fetch('/api/bad/x')

  expect([failed, again, other, later].map(({ status }) => status)).toEqual([503, 503, 200, 200])
  expect(askedOnce).toBe(1)
})

test('one that may do more than its row asks for is used, and told of once', async () => {
  const world = await signedInTestBff({
    upstreams: [
      {
        prefix: '/api',
        target: apiUrl,
        token: 'client',
        clientToken: { audience: 'bad', scopes },
      },
    ],
  })
  sayingOf(world, 'bad', () =>
    Response.json({
      access_token: 'x',
      token_type: 'Bearer',
      expires_in: 60,
      scope: 'reports:read reports:write',
    }),
  )

  const first = await world.browser.fetch('/api/x')
  world.clock.advance(61)
  const second = await world.browser.fetch('/api/x')

  expect([first.status, second.status]).toEqual([200, 200])
  expect(world.eventsNamed('scopes-wider')).toMatchObject([
    { audience: 'bad', asked: 'reports:read', wider: 'reports:write' },
  ])
})

function twoRows() {
  const row = (name: string) =>
    ({
      prefix: `/api/${name}`,
      target: apiUrl,
      token: 'client',
      clientToken: { audience: name },
    }) as const
  return { upstreams: [row('bad'), row('good')] } satisfies Partial<BffOptions>
}

/** What the token endpoint says in place of the truth when it is asked for an audience. */
function sayingOf(world: TestBff, audience: string, answer: () => Response | null) {
  const counted = { asked: 0 }
  world.internet.host(issuer, async (request) => {
    const form = request.url.endsWith('/token') ? await request.clone().text() : ''
    if (new URLSearchParams(form).get('audience') !== audience)
      return world.provider.app.fetch(request)
    counted.asked += 1
    return answer() ?? world.provider.app.fetch(request)
  })
  return counted
}
