import { expect, test } from 'vitest'
import { bindTokens } from '../testing/bound-tokens.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'
import { baseOptions, issuer, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'
import { toldRefusals } from './told-refusals.ts'

/** From now on the provider refuses what comes to this path. */
function refusing(world: TestBff, path: string, answer: () => Response): void {
  world.internet.host(issuer, (request) =>
    new URL(request.url).pathname === path ? answer() : world.provider.app.fetch(request),
  )
}

function challenged(status: number, challenge: string, error?: string): () => Response {
  const headers = { 'WWW-Authenticate': challenge }
  return () =>
    error === undefined
      ? new Response(null, { status, headers })
      : Response.json({ error }, { status, headers })
}

async function afterItsToken({ browser, clock, provider }: TestBff): Promise<number> {
  clock.advance(provider.accessTokenSeconds + 1)
  return (await browser.fetch('/api/notes')).status
}

test.for(['Basic realm="id"', 'Bearer error="invalid_token"', 'DPoP algs="ES256"'])(
  'a refresh token that is refused with the challenge %s ends the session',
  async (challenge) => {
    const world = await signedInTestBff()
    refusing(world, '/token', challenged(400, challenge, 'invalid_grant'))

    const status = await afterItsToken(world)

    expect(status).toBe(401)
    expect(await isSignedIn(world.browser)).toBe(false)
    expect(world.eventsNamed('refresh-failed')).toMatchObject([{ detail: 'invalid_grant' }])
  },
)

test('a 401 with a challenge that says nothing of the token ends no session', async () => {
  const world = await signedInTestBff()
  refusing(world, '/token', challenged(401, 'Basic realm="a proxy"'))

  const status = await afterItsToken(world)

  expect(status).toBe(503)
  expect(world.eventsNamed('session-ended')).toEqual([])
})

test('RFC 6749 §5.2: a client that is refused with a challenge is told as refused, not as out of reach', async () => {
  const world = await testBff()
  refusing(world, '/token', challenged(401, 'Basic realm="id"', 'invalid_client'))

  await world.browser.navigate('/auth/login')

  expect(world.eventsNamed('sign-in-failed')).toMatchObject([
    { kind: 'client-refused', detail: 'invalid_client' },
  ])
})

test('RFC 9449 §8: a nonce that is wanted with a challenge is learnt, and the first sign-in works', async () => {
  const world = await testBff({ provider: { ...baseOptions.provider, dpop: true } })
  const bound = bindTokens(world)
  bound.nonces.provider = 'one'
  bound.challenges = true

  await world.browser.navigate('/auth/login')

  expect(await isSignedIn(world.browser)).toBe(true)
})

test('RFC 9126 §2.3: a pushed request that is refused with a challenge is told as refused', async () => {
  const world = await testBff()
  world.provider.metadata = { pushed_authorization_request_endpoint: `${issuer}/par` }
  refusing(world, '/par', challenged(401, 'Basic', 'invalid_client'))

  await world.browser.navigate('/auth/login')

  expect(world.eventsNamed('sign-in-failed')).toMatchObject([
    { kind: 'client-refused', detail: 'invalid_client' },
  ])
})

test('RFC 7009 §2.2.1: a revocation that is refused for good with a challenge is not asked for again', async () => {
  const world = await signedInTestBff()
  refusing(world, '/revoke', challenged(400, 'Bearer', 'unsupported_token_type'))

  const answer = await world.browser.fetch('/auth/logout', { method: 'POST' })

  expect(await answer.json()).toMatchObject({
    receipt: { refreshToken: 'unsupported', accessToken: 'unsupported' },
  })
})

test('introspection that is refused with a challenge names its code in the log, and ends nothing', async () => {
  const provider = { ...baseOptions.provider, introspection: 30 } as const
  const world = await signedInTestBff({ provider })
  refusing(world, '/introspect', challenged(401, 'Basic', 'invalid_client'))
  world.clock.advance(30)

  const { status } = await world.browser.fetch('/api/notes')

  expect(status).toBe(200)
  expect(world.eventsNamed('token-check-failed')).toMatchObject([{ detail: 'invalid_client' }])
})

test.for([
  ['no error in it', Response.json({ message: 'no' }, refused())],
  ['an error that is none', Response.json({ error: 1 }, refused())],
  ['a body that is not called JSON', new Response('{"error":"invalid_grant"}', refused())],
  ['what is no JSON', new Response('{', refused('application/json'))],
  ['a list', Response.json([], refused())],
  ['nothing', new Response(null, refused())],
] as const)('a challenge stays beside %s', async ([, answer]) => {
  const told = await toldRefusals(async () => answer)(issuer)

  expect(told).toBe(answer)
})

test('what the answer says besides stays as it is', async () => {
  const headers = { 'WWW-Authenticate': 'DPoP', 'DPoP-Nonce': 'one', 'Retry-After': '7' }
  const answer = Response.json({ error: 'use_dpop_nonce', more: 1 }, { status: 401, headers })

  const told = await toldRefusals(async () => answer)(issuer)

  expect([told.status, Object.fromEntries(told.headers), await told.json()]).toEqual([
    401,
    { 'content-type': 'application/json', 'dpop-nonce': 'one', 'retry-after': '7' },
    { error: 'use_dpop_nonce', more: 1 },
  ])
})

function refused(type?: string): ResponseInit {
  const challenge = { 'WWW-Authenticate': 'Basic' }
  return { status: 401, headers: type ? { ...challenge, 'Content-Type': type } : challenge }
}
