import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Problem, SignedInView } from '@strongroom/client'
import { expect, test } from 'vitest'
import type { UpstreamOptions } from '../options/options.ts'
import { overSockets } from '../testing/over-sockets.ts'
import { apiUrl, signedInTestBff, testBff } from '../testing/test-bff.ts'

function demanding(parameters: string): Response {
  const challenge = `Bearer realm="api", error="insufficient_user_authentication"${parameters}`
  return new Response('sign in', { status: 401, headers: { 'WWW-Authenticate': challenge } })
}

function rowThat(demands: Partial<UpstreamOptions>) {
  return { upstreams: [{ prefix: '/api', target: `${apiUrl}/v1`, ...demands }] } as const
}

async function loginOf(answer: Response): Promise<string> {
  const { login = '' } = (await answer.clone().json()) as Problem
  return login
}

test('an API’s challenge becomes a problem with the sign-in that it asks for', async () => {
  const world = await signedInTestBff()
  world.api = () => demanding(', acr_values="gold silver", max_age="300"')

  const answer = await world.browser.fetch('/api/transfers', { method: 'POST', body: '{}' })

  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({
    code: 'step_up_required',
    acr_values: 'gold silver',
    max_age: 300,
    login: '/auth/login?acr_values=gold+silver&max_age=300',
  })
})

test('no token is renewed for it, and the call is made once', async () => {
  const world = await signedInTestBff()
  world.api = () => demanding(', max_age="0"')
  world.clock.advance(6)

  await world.browser.fetch('/api/notes')

  expect(world.apiCalls).toHaveLength(1)
  expect(world.provider.tokenRequests('refresh_token')).toBe(0)
})

test('an API that looks at the sign-in once the token is good is heard as well', async () => {
  const world = await signedInTestBff()
  const before = world.browser.cookies()
  world.clock.advance(6)
  world.api = () =>
    world.apiCalls.length === 1
      ? new Response(null, {
          status: 401,
          headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
        })
      : demanding(', max_age="60"')

  const answer = await world.browser.fetch('/api/notes')

  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ code: 'step_up_required', max_age: 60 })
  expect(world.apiCalls).toHaveLength(2)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
  // What was spent for it reaches the browser all the same.
  expect(world.browser.cookies()).not.toEqual(before)
})

test('over sockets too, while the body of the call is still on its way', async () => {
  const { open } = await overSockets((_, response) =>
    response
      .writeHead(401, { 'WWW-Authenticate': 'Bearer error=insufficient_user_authentication' })
      .end('x'.repeat(100_000)),
  )
  const request = open('/api/notes', { method: 'POST' })
  request.on('error', () => {})
  request.write('half of it')

  const [response] = (await once(request, 'response')) as [IncomingMessage]

  expect(response.statusCode).toBe(401)
})

test('a challenge of an API that gets no token is its own', async () => {
  const world = await signedInTestBff(rowThat({ token: 'none' }))
  world.api = () => demanding('')

  const answer = await world.browser.fetch('/api/notes')

  expect(await answer.text()).toBe('sign in')
})

test.for(['anybody', 'signed-in'] as const)(
  'so is one that the app’s own token meets, in which no sign-in can help: for %s',
  async (callers) => {
    const world = await testBff(rowThat({ token: 'client', clientToken: { callers } }))
    if (callers === 'signed-in') await world.browser.navigate('/auth/login')
    world.api = () => demanding(', max_age="0"')
    world.clock.advance(6)

    const answer = await world.browser.fetch('/api/notes')

    expect(await answer.text()).toBe('sign in')
    expect(world.apiCalls).toHaveLength(1)
    expect(world.provider.tokenRequests('client_credentials')).toBe(1)
  },
)

test('what is demanded at the token endpoint has the same shape, and names nothing', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  provider.tokenAnswer = () =>
    Response.json({ error: 'interaction_required', suberror: 'basic_action' }, { status: 400 })
  clock.advance(61)

  const problem = await (await browser.fetch('/api/notes')).json()

  expect(problem).toMatchObject({ code: 'step_up_required', login: '/auth/login' })
  expect(problem).not.toHaveProperty('max_age')
})

test('a row that demands an acr sends nothing for anybody who has another', async () => {
  const world = await testBff(rowThat({ acrValues: ['gold', 'platinum'] }))
  world.provider.idTokenClaims = { acr: 'silver' }
  await world.browser.navigate('/auth/login')

  const weak = await world.browser.fetch('/api/notes')
  world.provider.idTokenClaims = { acr: 'gold' }
  await world.browser.navigate(await loginOf(weak))
  const strong = await world.browser.fetch('/api/notes')

  expect(weak.status).toBe(401)
  expect(strong.status).toBe(200)
  expect(world.apiCalls).toHaveLength(1)
})

test.for([
  '/api//gold/transfer',
  '/api/gold%2Ftransfer',
  '/api/%2Fgold/transfer',
  '/api/gold;x=1/transfer',
  '/api/gold%5Ctransfer',
  '/api/Gold/transfer',
  '/api/gold.json',
])('a demand is not gone round by the row beside it: %s', async (path) => {
  const beside = { prefix: '/api', target: `${apiUrl}/v1` } as const
  const gold = { prefix: '/api/gold', target: `${apiUrl}/v1/gold`, acrValues: ['gold'] } as const
  const world = await signedInTestBff({ upstreams: [beside, gold] })

  const answer = await world.browser.fetch(path, { method: 'POST' })

  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    code: 'bad_request',
    detail: 'The path is another spelling of one that has a row of its own.',
  })
  expect(world.apiCalls).toEqual([])
})

test('a row that demands a fresh sign-in counts from when the user signed in at the provider', async () => {
  const world = await testBff(rowThat({ maxAge: 300 }))
  const { browser, clock, provider } = world
  provider.idTokenClaims = { auth_time: clock.now() - 200 }
  await browser.navigate('/auth/login')

  const fresh = await browser.fetch('/api/notes')
  clock.advance(131)
  const stale = await browser.fetch('/api/notes')
  provider.idTokenClaims = { auth_time: clock.now() }
  await browser.navigate(await loginOf(stale))
  const again = await browser.fetch('/api/notes')

  expect([fresh, stale, again].map(({ status }) => status)).toEqual([200, 401, 200])
  expect(await stale.json()).toMatchObject({ code: 'step_up_required', max_age: 300 })
})

test('what the provider does not say of a sign-in counts as not being so', async () => {
  const world = await signedInTestBff(rowThat({ maxAge: 300, acrValues: ['gold'] }))

  const answer = await world.browser.fetch('/api/notes')

  expect(await answer.json()).toMatchObject({
    login: '/auth/login?acr_values=gold&max_age=300',
  })
})

test('who is not signed in is asked to do so, and to nothing more', async () => {
  const { browser } = await testBff(rowThat({ maxAge: 300 }))

  const answer = await browser.fetch('/api/notes')

  expect(await answer.json()).toMatchObject({ code: 'unauthenticated' })
})

test('a sign-in that falls short of the step-up changes nothing', async () => {
  const world = await testBff(rowThat({ acrValues: ['gold'] }))
  const { browser, provider } = world
  provider.idTokenClaims = { acr: 'silver' }
  await browser.navigate('/auth/login')
  const before = await (await browser.fetch('/auth/session')).json()

  const { response } = await browser.navigate('/auth/login?acr_values=gold')

  expect(response.status).toBe(400)
  expect(await (await browser.fetch('/auth/session')).json()).toEqual(before)
})

test('somebody else’s step-up is told to the page of who was there before', async () => {
  const world = await testBff(rowThat({ acrValues: ['gold'] }))
  const { browser, provider } = world
  await browser.navigate('/auth/login')
  const view = await (await browser.fetch('/auth/session')).json()
  const { session } = view as SignedInView

  provider.sub = 'grace'
  provider.idTokenClaims = { acr: 'gold' }
  await browser.navigate('/auth/login?acr_values=gold')
  const answer = await browser.fetch('/api/notes', {
    headers: { 'X-Session-Owner': session.owner },
  })

  expect(await answer.json()).toMatchObject({ code: 'session_ended' })
  expect(world.apiCalls).toEqual([])
  expect(world.eventsNamed('session-ended')).toMatchObject([{ end: 'user-changed' }])
})

test('the session bears an acr only where a row asks for it', async () => {
  const bytesOf = async (options: Parameters<typeof testBff>[0], claims: object) => {
    const world = await testBff(options)
    world.provider.idTokenClaims = { ...claims }
    await world.browser.navigate('/auth/login')
    return world.eventsNamed('signed-in')[0]?.cookieBytes ?? 0
  }
  // The ID token itself is in the cookie as well.
  const other = { xcr: 'x'.repeat(300) }
  const acr = { acr: 'x'.repeat(300) }

  expect(await bytesOf({}, acr)).toBe(await bytesOf({}, other))
  expect(await bytesOf(rowThat({ acrValues: ['gold'] }), acr)).toBeGreaterThan(
    await bytesOf(rowThat({ acrValues: ['gold'] }), other),
  )
})
