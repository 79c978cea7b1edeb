import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { BffOptions } from '../options/options.ts'
import type { Narrowing } from '../provider/provider.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import {
  anotherInstance,
  apiUrl,
  issuer,
  secret,
  signedInTestBff,
  type TestBff,
} from '../testing/test-bff.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const filesByExchange = { by: 'exchange', audience: 'files', scopes: ['files:read'] } as const
const filesByRefresh = { by: 'refresh', resource: 'https://files.example.com' } as const
const newsByRefresh = { by: 'refresh', resource: 'https://news.example.com' } as const

function rows(files: Narrowing, news: Narrowing = files): Pick<BffOptions, 'upstreams'> {
  return {
    upstreams: [
      { prefix: '/api', target: `${apiUrl}/v1` },
      { prefix: '/api/files', target: `${apiUrl}/files`, accessToken: files },
      { prefix: '/api/news', target: `${apiUrl}/news`, accessToken: news },
    ],
  }
}

/** The tokens that the API was sent, by the path of the call. */
function sentTo({ apiCalls }: TestBff, path: string): string[] {
  return apiCalls
    .filter(({ url }) => new URL(url).pathname.startsWith(path))
    .map(({ headers }) => headers.get('Authorization')?.replace('Bearer ', '') ?? '')
}

const ways: readonly [Narrowing['by'], Narrowing, string, object][] = [
  ['exchange', filesByExchange, exchange, { audience: 'files', scope: 'files:read' }],
  [
    'refresh',
    { ...filesByRefresh, scopes: ['files:read'] },
    'refresh_token',
    { audience: 'https://files.example.com', scope: 'files:read' },
  ],
]

test.for(ways)(
  'by %s a row bears a token that is good for its API alone, and other rows the session’s own',
  async ([, narrowing, grant, about]) => {
    const world = await signedInTestBff(rows(narrowing))
    const { browser, provider } = world

    const answers = [
      await browser.fetch('/api/files/x'),
      await browser.fetch('/api/notes'),
      await browser.fetch('/api/files/y'),
    ]

    const [narrow, again] = sentTo(world, '/files')
    const [own] = sentTo(world, '/v1')
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(provider.aboutToken(narrow ?? '')).toEqual(about)
    expect(provider.aboutToken(own ?? '')).toMatchObject({ audience: null })
    expect(again).toBe(narrow)
    expect(provider.tokenRequests(grant)).toBe(1)
  },
)

test('without a demand of its own every API gets a token that all the others take, too', async () => {
  const world = await signedInTestBff({
    upstreams: [
      { prefix: '/api', target: `${apiUrl}/v1` },
      { prefix: '/api/files', target: `${apiUrl}/files` },
    ],
  })

  await world.browser.fetch('/api/notes')
  await world.browser.fetch('/api/files/x')

  expect(sentTo(world, '/files')).toEqual(sentTo(world, '/v1'))
})

test('an exchange names the session’s access token and spends nothing', async () => {
  const requests: URLSearchParams[] = []
  const world = await signedInTestBff(rows({ ...filesByExchange, resource: 'urn:files' }))
  const cookies = world.browser.cookies()
  world.internet.host(issuer, async (request) => {
    if (request.url.endsWith('/token'))
      requests.push(new URLSearchParams(await request.clone().text()))
    return world.provider.app.fetch(request)
  })

  await world.browser.fetch('/api/files/x')

  expect(Object.fromEntries(requests[0] ?? [])).toMatchObject({
    grant_type: exchange,
    subject_token: world.provider.issued.find((token) => token.startsWith('access-')),
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: 'files',
    resource: 'urn:files',
    scope: 'files:read',
  })
  expect(requests).toHaveLength(1)
  expect(world.browser.cookies()).toEqual(cookies)
})

test('the sign-in asks for every resource, and the session’s own token for its own alone', async () => {
  const world = await signedInTestBff({
    ...rows(filesByRefresh, newsByRefresh),
    provider: {
      issuer,
      clientId: 'app',
      clientSecret: 'a secret of the client',
      authorizeParameters: { resource: 'https://api.example.org' },
    },
  })

  const { url } = await world.browser.navigate('/auth/login', { until: /\/authorize/ })
  await world.browser.fetch('/api/notes')
  world.clock.advance(301)
  await world.browser.fetch('/api/notes')

  const audiences = sentTo(world, '/v1').map((token) => world.provider.aboutToken(token)?.audience)
  expect(audiences).toEqual(['https://api.example.org', 'https://api.example.org'])
  expect(url.searchParams.getAll('resource')).toEqual([
    'https://api.example.org',
    'https://files.example.com',
    'https://news.example.com',
  ])
})

test('50 calls to two such rows on two instances spend each refresh token once', async () => {
  const store = memoryStore(systemClock)
  const options = { ...rows(filesByRefresh, newsByRefresh), store }
  const world = await signedInTestBff(options)
  const { browser, provider } = world
  const other = anotherInstance(world, options).browser(browser.cookies())

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      (at % 2 === 0 ? browser : other).fetch(at % 4 < 2 ? '/api/files/x' : '/api/news/x'),
    ),
  )

  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(provider.tokenRequests('refresh_token')).toBe(2)
  expect(new Set(sentTo(world, '/files')).size).toBe(1)
  expect(new Set(sentTo(world, '/news')).size).toBe(1)
  world.clock.advance(301)
  expect((await browser.fetch('/api/notes')).status).toBe(200)
  expect((await other.fetch('/api/notes')).status).toBe(200)
})

test('a refresh of the session and two of its rows at once all come about', async () => {
  const world = await signedInTestBff(rows(filesByRefresh, newsByRefresh))
  const { browser, clock, provider } = world
  clock.advance(301)

  const answers = await Promise.all(
    ['/api/notes', '/api/files/x', '/api/news/x', '/api/notes', '/api/files/y'].map((path) =>
      browser.fetch(path),
    ),
  )

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(provider.tokenRequests('refresh_token')).toBe(3)
})

test('a provider that does not rotate changes neither session nor cookie for it', async () => {
  const world = await signedInTestBff(rows(filesByRefresh, newsByRefresh))
  world.provider.rotates = false
  const cookies = world.browser.cookies()

  const answers = await Promise.all([
    world.browser.fetch('/api/files/x'),
    world.browser.fetch('/api/news/x'),
  ])

  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(world.browser.cookies()).toEqual(cookies)
})

test('a browser that never got the cookie of a spent refresh token stays signed in', async () => {
  const world = await signedInTestBff(rows(filesByRefresh, newsByRefresh))
  const { browser, clock } = world
  const stuck = browser.with(browser.cookies())
  await browser.fetch('/api/files/x')
  await browser.fetch('/api/files/x')
  clock.advance(200)

  // The session's own token is still valid, so that nobody looks what came after this cookie.
  expect((await stuck.fetch('/api/notes', { headers: { 'X-Background': '1' } })).status).toBe(200)
  clock.advance(1000)

  expect((await stuck.fetch('/api/notes')).status).toBe(200)
})

test('an answer that set out earlier puts no older generation over a newer one', async () => {
  const world = await signedInTestBff(rows(filesByRefresh, newsByRefresh))
  const { browser, clock } = world
  clock.advance(200)
  const { promise: answered, resolve: answer } = Promise.withResolvers<Response>()
  world.api = (request) => (request.url.endsWith('/slow') ? answered : Response.json({}))

  const slow = browser.fetch('/api/slow')
  await browser.fetch('/api/files/x')
  answer(Response.json({}))
  await slow
  const served = world.eventsNamed('late-call-served').length
  clock.advance(101)

  expect((await browser.fetch('/api/notes')).status).toBe(200)
  expect(world.eventsNamed('late-call-served')).toHaveLength(served)
})

test('a narrow token is renewed in the background before its end, and waited for after it', async () => {
  const world = await signedInTestBff({ ...rows(filesByExchange), accessTokenSeconds: 900 })
  const { browser, clock, provider } = world
  provider.accessTokenSeconds = 300
  await browser.fetch('/api/files/x')

  clock.advance(250)
  await browser.fetch('/api/files/x')
  await world.bff.close()
  await browser.fetch('/api/files/x')
  clock.advance(301)
  await browser.fetch('/api/files/x')

  const [first, background, renewed, waited] = sentTo(world, '/files')
  expect(background).toBe(first)
  expect(new Set([first, renewed, waited]).size).toBe(3)
  expect(provider.tokenRequests(exchange)).toBe(3)
})

test('a narrow token that the API refuses before its time is asked for anew, once', async () => {
  const world = await signedInTestBff(rows(filesByExchange))
  const { browser, clock, provider } = world
  await browser.fetch('/api/files/x')
  const [dead] = sentTo(world, '/files')
  clock.advance(10)
  world.api = ({ headers }) =>
    headers.get('Authorization') === `Bearer ${dead}`
      ? new Response(null, { status: 401 })
      : Response.json({})

  const answer = await browser.fetch('/api/files/x')

  expect(answer.status).toBe(200)
  expect(provider.tokenRequests(exchange)).toBe(2)
  expect(provider.tokenRequests('refresh_token')).toBe(0)
})

const refusals: readonly [Narrowing['by'], Narrowing, string][] = [
  ['exchange', filesByExchange, 'invalid_target'],
  ['exchange', filesByExchange, 'invalid_request'],
  ['exchange', filesByExchange, 'invalid_grant'],
  ['exchange', filesByExchange, 'unauthorized_client'],
  ['refresh', filesByRefresh, 'invalid_target'],
  ['refresh', filesByRefresh, 'invalid_scope'],
  ['refresh', filesByRefresh, 'invalid_request'],
]

test.for(refusals)(
  'a token by %s (%j) that is refused with %s is told of the row, and ends no session',
  async ([, narrowing, code]) => {
    const world = await signedInTestBff(rows(narrowing))
    const { browser, provider } = world
    provider.refusesTargets = code

    const refused = await browser.fetch('/api/files/x')
    const again = await browser.fetch('/api/files/x')

    expect(refused.status).toBe(502)
    expect(await refused.json()).toMatchObject({ code: 'upstream_unreachable' })
    expect(again.status).toBe(502)
    expect(world.apiCalls).toEqual([])
    expect(world.eventsNamed('narrowing-refused')).toEqual([
      expect.objectContaining({ prefix: '/api/files', providerCode: code }),
    ])
    world.clock.advance(301)
    expect((await browser.fetch('/api/notes')).status).toBe(200)
    provider.refusesTargets = null
    expect((await browser.fetch('/api/files/x')).status).toBe(200)
  },
)

test('an access token that was revoked early is renewed once, and its renewal exchanged', async () => {
  const world = await signedInTestBff(rows(filesByExchange))
  const { browser, clock, provider } = world
  clock.advance(10)
  provider.withdrawAccessTokens()

  const answers = await Promise.all([browser.fetch('/api/files/x'), browser.fetch('/api/files/y')])
  const own = await browser.fetch('/api/notes')

  expect([...answers, own].map(({ status }) => status)).toEqual([200, 200, 200])
  expect(provider.tokenRequests('refresh_token')).toBe(1)
  expect(provider.tokenRequests(exchange)).toBe(2)
  expect(world.eventsNamed('narrowing-refused')).toEqual([])
  expect(provider.isActive(sentTo(world, '/v1')[0] ?? '')).toBe(true)
})

test('where it can’t be renewed either, the session ends as at any renewal', async () => {
  const world = await signedInTestBff(rows(filesByExchange))
  const { browser, clock, provider } = world
  clock.advance(10)
  provider.tokenAnswer = (grantType) =>
    grantType === 'refresh_token'
      ? Response.json({ error: 'invalid_grant' }, { status: 400 })
      : Response.json({ error: 'invalid_request' }, { status: 400 })

  const answer = await browser.fetch('/api/files/x')

  expect(await answer.json()).toMatchObject({ code: 'session_ended', reason: 'refresh-refused' })
})

test.for([
  ['invalid_request', 1],
  ['invalid_target', 0],
] as const)(
  'an exchange that is always refused with %s costs %d refreshes, not one each time',
  async ([code, refreshes]) => {
    const world = await signedInTestBff({ ...rows(filesByExchange), accessTokenSeconds: 3600 })
    const { browser, clock, provider } = world
    provider.refusesTargets = code

    for (let call = 0; call < 10; call += 1) {
      clock.advance(31)
      expect((await browser.fetch('/api/files/x')).status).toBe(502)
    }

    expect(provider.tokenRequests('refresh_token')).toBe(refreshes)
    expect(provider.tokenRequests(exchange)).toBe(10 + refreshes)
  },
)

/** The provider takes the session's token back, and the API says so, so that it is renewed before its time. */
async function renewedEarly(world: TestBff): Promise<void> {
  const { browser, clock, provider } = world
  clock.advance(10)
  provider.withdrawAccessTokens()
  world.api = ({ headers }) => {
    const token = headers.get('Authorization')?.replace('Bearer ', '') ?? ''
    return new Response(null, { status: provider.isActive(token) ? 200 : 401 })
  }
  expect((await browser.fetch('/api/notes')).status).toBe(200)
}

test('a late call exchanges the token that came after its own, and spoils nothing for who comes next', async () => {
  const world = await signedInTestBff(rows(filesByExchange, newsByRefresh))
  const late = world.browser.with(world.browser.cookies())
  await renewedEarly(world)

  const answers = [await late.fetch('/api/files/x'), await world.browser.fetch('/api/files/y')]

  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(world.provider.tokenRequests(exchange)).toBe(1)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('a refusal is held against the token that was refused, not the one after it', async () => {
  const world = await signedInTestBff(rows(filesByExchange))
  world.provider.refusesTargets = 'invalid_target'
  const refused = await world.browser.fetch('/api/files/x')
  world.provider.refusesTargets = null
  const believed = await world.browser.fetch('/api/files/x')
  await renewedEarly(world)

  const renewed = await world.browser.fetch('/api/files/x')

  expect([refused, believed, renewed].map(({ status }) => status)).toEqual([502, 502, 200])
})

test('a refresh token that is over ends the session, whatever it was to be spent for', async () => {
  const world = await signedInTestBff(rows(filesByRefresh))
  world.provider.refusesTargets = 'invalid_grant'

  const answer = await world.browser.fetch('/api/files/x')

  expect(await answer.json()).toMatchObject({ status: 401, code: 'session_ended' })
  expect((await world.browser.fetch('/api/notes')).status).toBe(401)
})

test('a refresh for one API that brings another user’s ID token ends the session, and what came is revoked', async () => {
  const world = await signedInTestBff(rows(filesByRefresh))
  const { browser, provider } = world
  provider.idTokenClaims = { sub: 'mallory' }

  const answer = await browser.fetch('/api/files/x')

  const came = provider.issued.filter((token) => /^(access|refresh)-/.test(token)).slice(-2)
  expect(await answer.json()).toMatchObject({ status: 401, code: 'session_ended' })
  expect(world.apiCalls).toEqual([])
  expect(provider.revocations.toSorted()).toEqual(came.toSorted())
})

test('a refresh for one API whose ID token can’t be read loses no refresh token', async () => {
  const world = await signedInTestBff(rows(filesByRefresh))
  const { browser, clock, provider } = world
  provider.idTokenClaims = { sub: undefined }

  const unread = await browser.fetch('/api/files/x')
  provider.idTokenClaims = {}
  clock.advance(2)
  const again = await browser.fetch('/api/files/x')

  expect([unread.status, again.status]).toEqual([503, 200])
})

test.for([filesByExchange, filesByRefresh])(
  'while the provider is down a call that needs a narrow token (%j) hears 503, and others go on',
  async (narrowing) => {
    const world = await signedInTestBff(rows(narrowing))
    world.internet.unplug(issuer)

    const answer = await world.browser.fetch('/api/files/x')

    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ code: 'provider_unavailable' })
    expect(answer.headers.get('Retry-After')).not.toBeNull()
    expect((await world.browser.fetch('/api/notes')).status).toBe(200)
  },
)

/** What the token endpoint says in place of the truth when it is asked for files. */
function sayingOfFiles(world: TestBff, answer: () => Response | null): { asked: number } {
  const counted = { asked: 0 }
  world.internet.host(issuer, async (request) => {
    const form = request.url.endsWith('/token') ? await request.clone().text() : ''
    if (!form.includes('files')) return world.provider.app.fetch(request)
    counted.asked += 1
    return answer() ?? world.provider.app.fetch(request)
  })
  return counted
}

test.for([
  [filesByExchange, { by: 'exchange', audience: 'news' }],
  [filesByRefresh, newsByRefresh],
] as const)(
  'a row whose token (%j) the provider always fails over keeps none from the other rows, nor from a renewal',
  async ([files, news]) => {
    const world = await signedInTestBff(rows(files, news))
    const { browser, clock } = world
    const failing = sayingOfFiles(world, () => new Response('oops', { status: 500 }))

    const statuses: number[][] = []
    for (let call = 0; call < 10; call += 1) {
      const bad = await browser.fetch('/api/files/x')
      const [good, own] = [await browser.fetch('/api/news/x'), await browser.fetch('/api/notes')]
      statuses.push([bad.status, good.status, own.status])
    }
    const askedOnce = failing.asked
    clock.advance(301)
    const renewed = await browser.fetch('/api/notes')

    expect(statuses).toEqual(Array.from({ length: 10 }, () => [503, 200, 200]))
    expect(askedOnce).toBe(1)
    expect(renewed.status).toBe(200)
    expect(world.eventsNamed('session-ended')).toEqual([])
  },
)

test.for([{ expires_in: 300 }, { token_type: 'Bearer', expires_in: -5 }])(
  'an answer that means nothing (%j) is a failure of one session’s calls, for two seconds',
  async (said) => {
    const world = await signedInTestBff(rows(filesByExchange))
    const other = world.browser.with(new Map())
    await other.navigate('/auth/login')
    let answers = 1
    const asked = sayingOfFiles(world, () =>
      (answers -= 1) < 0 ? null : Response.json({ access_token: 'x', ...said }),
    )

    const failed = await world.browser.fetch('/api/files/x')
    const again = await world.browser.fetch('/api/files/x')
    const askedOnce = asked.asked
    const another = await other.fetch('/api/files/x')
    world.clock.advance(5)
    const later = await world.browser.fetch('/api/files/x')

    expect([failed, again, another, later].map(({ status }) => status)).toEqual([
      503, 503, 200, 200,
    ])
    expect(askedOnce).toBe(1)
  },
)

/** What the token endpoint says that a token may do. */
function sayingScope({ internet, provider }: TestBff, scope: string | undefined): void {
  internet.host(issuer, async (request) => {
    const answer = await provider.app.fetch(request)
    if (!request.url.endsWith('/token')) return answer
    const said = (await answer.json()) as object
    return Response.json({ ...said, scope })
  })
}

test.for([filesByExchange, { ...filesByRefresh, scopes: ['files:read'] }])(
  'a narrow token (%j) that may do more than was asked for is used, and told of once',
  async (narrowing) => {
    const world = await signedInTestBff(rows(narrowing))
    const other = world.browser.with(new Map())
    await other.navigate('/auth/login')
    sayingScope(world, 'files:read files:write admin')

    const answers = [await world.browser.fetch('/api/files/x'), await other.fetch('/api/files/x')]

    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(world.eventsNamed('scopes-wider')).toMatchObject([
      { asked: 'files:read', wider: 'files:write admin' },
    ])
  },
)

test.for([filesByExchange, { ...filesByRefresh, scopes: ['files:read'] }])(
  'a narrow token (%j) of which nothing is said may do what was asked for',
  async (narrowing) => {
    const world = await signedInTestBff(rows(narrowing))
    sayingScope(world, undefined)

    const answer = await world.browser.fetch('/api/files/x')

    expect(answer.status).toBe(200)
    expect(world.eventsNamed('scopes-wider')).toEqual([])
  },
)

test('a sign-out on one instance revokes the narrow tokens that another has got', async () => {
  const store = memoryStore(systemClock)
  const options = { ...rows(filesByExchange), store }
  const world = await signedInTestBff(options)
  await world.browser.fetch('/api/files/x')
  const [narrow = ''] = sentTo(world, '/files')
  const other = anotherInstance(world, options).browser(world.browser.cookies())

  await other.fetch('/auth/logout', { method: 'POST' })
  // Later than an instance believes what it has heard last.
  world.clock.advance(2)

  expect(world.provider.revocations[0]).toMatch(/^refresh-/)
  expect(world.provider.revocations).toContain(narrow)
  expect((await world.browser.fetch('/api/files/x')).status).toBe(401)
})

test.for([filesByExchange, filesByRefresh])(
  'a narrow token (%j) that comes after the sign-out is revoked, and goes to no API',
  async (narrowing) => {
    const world = await signedInTestBff(rows(narrowing))
    const { browser, internet, provider } = world
    const elsewhere = browser.with(browser.cookies())
    let narrow = ''
    internet.host(issuer, async (request) => {
      const answer = await provider.app.fetch(request)
      if (!request.url.endsWith('/token')) return answer
      ;({ access_token: narrow } = (await answer.clone().json()) as { access_token: string })
      await elsewhere.fetch('/auth/logout', { method: 'POST' })
      return answer
    })

    const call = await browser.fetch('/api/files/x')

    expect(call.status).toBe(401)
    expect(world.apiCalls).toEqual([])
    expect(provider.revocations).toContain(narrow)
  },
)

test.for([filesByExchange, filesByRefresh])(
  'a narrow token (%j) that comes after a step-up goes to no API, and ends no session where all of a user is revoked at once',
  async (narrowing) => {
    const world = await signedInTestBff(rows(narrowing))
    const { browser, internet, provider } = world
    provider.habits.revokes = 'whole-user'
    const tab = browser.with(browser.cookies())
    let isFirst = true
    internet.host(issuer, async (request) => {
      const answer = await provider.app.fetch(request)
      if (!request.url.endsWith('/token') || !isFirst) return answer
      isFirst = false
      await browser.navigate('/auth/login')
      return answer
    })

    const call = await tab.fetch('/api/files/x')

    expect(call.status).toBe(401)
    expect(provider.revocations).toEqual([])
    expect((await browser.fetch('/api/notes')).status).toBe(200)
  },
)

test('a narrow token is one session’s alone, though it is the same user’s', async () => {
  const world = await signedInTestBff(rows(filesByExchange))
  await world.browser.fetch('/api/files/x')
  const elsewhere = world.browser.with(new Map())
  await elsewhere.navigate('/auth/login')
  await elsewhere.fetch('/api/files/x')

  expect(new Set(sentTo(world, '/files')).size).toBe(2)
})

test('what lies in the store tells no token, and opens under no other session’s name', async () => {
  const values = new Map<string, string>()
  const inner = memoryStore(systemClock)
  const store = {
    ...inner,
    keyValue: {
      ...inner.keyValue,
      set: (key: string, value: string, ttlSeconds: number) => {
        if (key.startsWith('narrow/')) values.set(key, value)
        return inner.keyValue.set(key, value, ttlSeconds)
      },
    },
  }
  const world = await signedInTestBff({ ...rows(filesByExchange), store })
  await world.browser.fetch('/api/files/x')
  const thief = world.browser.with(new Map())
  await thief.navigate('/auth/login')
  await thief.fetch('/api/files/x')
  const [[, victims = ''] = [], [own = ''] = []] = values

  await inner.keyValue.set(own, victims, 300)
  const fresh = anotherInstance(world, { ...rows(filesByExchange), store }).browser(thief.cookies())
  await fresh.fetch('/api/files/x')

  const [victim, , opened] = sentTo(world, '/files')
  expect(victims).not.toContain(victim)
  expect(opened).not.toBe(victim)
})

test('an exchange goes on without the store', async () => {
  const store = cuttableStore()
  const world = await signedInTestBff({ ...rows(filesByExchange), store })
  store.cut = true

  expect((await world.browser.fetch('/api/files/x')).status).toBe(200)
  expect((await world.browser.fetch('/api/files/x')).status).toBe(200)
  expect(world.provider.tokenRequests(exchange)).toBe(1)
})

test('sessions that are kept on the server take the new refresh token at once', async () => {
  const world = await signedInTestBff({
    ...rows(filesByRefresh, newsByRefresh),
    session: { secrets: [secret], mode: 'server' },
  })
  const { browser, clock, provider } = world

  for (const path of ['/api/files/x', '/api/news/x']) {
    expect((await browser.fetch(path)).status).toBe(200)
  }
  clock.advance(1500)

  expect((await browser.fetch('/api/notes')).status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(3)
})
