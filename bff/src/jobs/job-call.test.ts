import { ok } from '@strongroom/client'
import { expect, test, vi } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { dpopNonces } from '../base/dpop-nonces.ts'
import type { GrantToken } from '../offline/offline-grant.ts'
import type { AccessToken } from '../provider/token-set.ts'
import { jobCall, type JobCallParts } from './job-call.ts'

const api = new URL('https://api.example.org/v1')

function tokenOf(accessToken: string): GrantToken {
  return {
    accessToken: accessToken as AccessToken,
    issuedAt: 0,
    expiresAt: 300,
    connection: 'one',
    scopes: ['notes'],
    missingScopes: [],
  }
}

/** A call, and what went out over it. */
function callTo(
  answer: (request: Request, nth: number) => Response | Promise<Response>,
  parts: Partial<JobCallParts> = {},
) {
  const sent: Request[] = []
  const call = jobCall({
    api,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      sent.push(request)
      return answer(request, sent.length)
    },
    signal: new AbortController().signal,
    idempotencyKey: 'the-key',
    fresh: async () => ok(tokenOf('token-1')),
    renewed: async () => ok(tokenOf('token-2')),
    mayGoOn: async () => true,
    nonces: dpopNonces(),
    clock: systemClock,
    ...parts,
  })
  return { call, sent }
}

const bearers = (sent: readonly Request[]) =>
  sent.map(({ headers, url }) => `${headers.get('Authorization')} → ${url}`)

test('a call carries the user’s token and whatever the job says, but no other token and no cookie', async () => {
  const { call, sent } = callTo(() => Response.json({ ok: true }))

  await call('/notes', {
    method: 'POST',
    body: 'x',
    headers: { Authorization: 'Bearer stolen', Cookie: 'a=b', 'X-Own': 'yes' },
  })

  expect(bearers(sent)).toEqual(['Bearer token-1 → https://api.example.org/v1/notes'])
  expect(sent[0]?.headers.get('Cookie')).toBeNull()
  expect(sent[0]?.headers.get('X-Own')).toBe('yes')
})

test.each([
  'https://evil.example/v1/notes',
  'https://api.example.org.evil.example/v1',
  'https://evil.example/',
  '//evil.example/v1',
  '/../internal',
])('a call to %s goes nowhere, and no token is asked for', async (path) => {
  const fresh = vi.fn<JobCallParts['fresh']>(async () => ok(tokenOf('token-1')))
  const { call, sent } = callTo(() => new Response(), { fresh })

  await expect(call(path)).rejects.toMatchObject({ fault: 'not-the-api' })
  expect(sent).toEqual([])
  expect(fresh).not.toHaveBeenCalled()
})

test.each([
  'https://evil.example/',
  '//evil.example/',
  'http://api.example.org/v1/notes',
  'https://api.example.org/internal',
  'https://api.example.org:8443/v1/notes',
])('a redirect to %s is handed to the job, and no token follows it', async (location) => {
  const { call, sent } = callTo(() => new Response(null, { status: 302, headers: { location } }))

  const answer = await call('/notes')

  expect(answer.status).toBe(302)
  expect(bearers(sent)).toEqual(['Bearer token-1 → https://api.example.org/v1/notes'])
})

test('a redirect within the API is followed, a few times and no more, and only by what reads', async () => {
  const location = '/v1/moved'
  const moved = callTo((_, nth) =>
    nth === 1 ? new Response(null, { status: 302, headers: { location } }) : new Response('here'),
  )
  const round = callTo(() => new Response(null, { status: 302, headers: { location } }))
  const writing = callTo(() => new Response(null, { status: 307, headers: { location } }))

  expect(await (await moved.call('/notes')).text()).toBe('here')
  expect(bearers(moved.sent).at(-1)).toBe('Bearer token-1 → https://api.example.org/v1/moved')
  expect((await round.call('/notes')).status).toBe(302)
  expect(round.sent).toHaveLength(6)
  expect((await writing.call('/notes', { method: 'POST', body: 'x' })).status).toBe(307)
  expect(writing.sent).toHaveLength(1)
})

test('a token that the API refuses is renewed once, and the call is made again with its body', async () => {
  const bodies: string[] = []
  const { call, sent } = callTo(async (request, nth) => {
    bodies.push(await request.text())
    return new Response(null, { status: nth === 1 ? 401 : 200 })
  })

  const answer = await call('/notes', { method: 'POST', body: 'a note' })

  expect(answer.status).toBe(200)
  expect(sent.map(({ headers }) => headers.get('Authorization'))).toEqual([
    'Bearer token-1',
    'Bearer token-2',
  ])
  expect(bodies).toEqual(['a note', 'a note'])
})

test('an API that refuses the second token, too, is believed', async () => {
  const { call, sent } = callTo(() => new Response(null, { status: 401 }))

  expect((await call('/notes')).status).toBe(401)
  expect(sent).toHaveLength(2)
})

test('a body that streams can’t be sent again, so a refused token is for the job to see', async () => {
  const { call, sent } = callTo(() => new Response(null, { status: 401 }))
  const init = { method: 'POST', body: new Blob(['x']).stream(), duplex: 'half' } as RequestInit

  expect((await call('/notes', init as never)).status).toBe(401)
  expect(sent).toHaveLength(1)
})

test('the key of the run goes along where the job asks for it, and tells several calls apart', async () => {
  const { call, sent } = callTo(() => new Response())

  await call('/notes')
  await call('/notes', { method: 'POST', idempotent: true })
  await call('/notes', { method: 'POST', idempotent: 'second part\r\nX: y' })

  expect(sent.map(({ headers }) => headers.get('Idempotency-Key'))).toEqual([
    null,
    'the-key',
    'the-key.second-part--X--y',
  ])
})

test('a run that another has taken over sends nothing more', async () => {
  const { call, sent } = callTo(() => new Response(), { mayGoOn: async () => false })

  await expect(call('/notes')).rejects.toMatchObject({ fault: 'stopped' })
  expect(sent).toEqual([])
})

test('an API that does not begin to answer in time is a fault of its own', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { call } = callTo(
    ({ signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      ),
  )

  const told = call('/notes', { timeoutSeconds: 5 }).catch((error: unknown) => error)
  await vi.advanceTimersByTimeAsync(5000)
  vi.useRealTimers()

  expect(await told).toMatchObject({ fault: 'api-timeout' })
})

test('what goes wrong on the way names no token', async () => {
  const { call } = callTo(() => {
    throw new TypeError('fetch failed')
  })

  const error = await call('/notes').catch((cause: unknown) => cause)

  expect(error).toMatchObject({ fault: 'api-unreachable', message: 'api-unreachable' })
})
