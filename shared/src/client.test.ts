import { expect, onTestFinished, test, vi } from 'vitest'
import { ProblemError, saysSessionEnded, unwrap } from './call-failure.ts'
import { createBffClient, type BffClientOptions } from './client.ts'
import { problemAnswer, stubAddress, stubServer } from './testing/stub-server.ts'

function world(options: BffClientOptions = {}) {
  const server = stubServer()
  const bff = createBffClient({ baseUrl: stubAddress(), fetch: server.fetch, ...options })
  return { bff, server }
}

function handClock() {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

test('every call bears the header that only a page of ours can send', async () => {
  const { bff, server } = world()

  await bff.session()
  await bff.fetch('/api/notes', { headers: { Accept: 'text/plain' } })

  expect(server.requests.map(({ headers }) => headers.get('X-CSRF'))).toEqual(['1', '1'])
  expect(server.requests[1]?.headers.get('Accept')).toBe('text/plain')
})

test('a call in the background says so', async () => {
  const { bff, server } = world()

  await bff.fetch('/api/notes', { background: true })

  expect(server.requests[0]?.headers.get('X-Background')).toBe('1')
})

test('gives a problem of Strongroom’s as a result, and throws it for whoever likes that better', async () => {
  const { bff, server } = world()
  server.view = null

  const answer = await bff.sessions()

  expect(answer).toMatchObject({
    ok: false,
    error: { kind: 'problem', problem: { code: 'session_ended' } },
  })
  expect(() => unwrap(answer)).toThrow(ProblemError)
  expect(saysSessionEnded(thrownBy(() => unwrap(answer)))).toBe(true)
})

test('a 401 of the API itself is no end of the session', async () => {
  const { bff, server } = world()
  server.answers.push(Response.json({ code: 'session_ended', status: 401 }, { status: 401 }))

  const answer = await bff.call('/api/notes', {}, (json) => json)

  expect(answer).toEqual({ ok: false, error: { kind: 'unexpected-answer', status: 401 } })
})

test('an answer of another shape is none', async () => {
  const { bff } = world()

  const answer = await bff.call('/api/notes', {}, (json) =>
    Array.isArray(json) ? json : undefined,
  )

  expect(answer).toEqual({ ok: false, error: { kind: 'unexpected-answer', status: 200 } })
})

test('no answer is a result, too', async () => {
  const { bff, server } = world()
  server.isDown = true

  expect(await bff.session()).toMatchObject({ ok: false, error: { kind: 'no-answer' } })
})

test.for(['provider_unavailable', 'store_unavailable', 'rate_limited'] as const)(
  '%s is waited for as long as the server says, and the call sent again',
  async (code) => {
    handClock()
    const { bff, server } = world()
    server.answers.push(problemAnswer(code, { 'Retry-After': '3' }))

    const answer = bff.fetch('/api/notes')
    await vi.advanceTimersByTimeAsync(2999)
    const before = server.asked.length
    await vi.advanceTimersByTimeAsync(1)

    expect(before).toBe(1)
    expect((await answer).status).toBe(200)
    expect(server.asked).toHaveLength(2)
  },
)

test('waits no more often than it was told', async () => {
  handClock()
  const { bff, server } = world({ patience: { times: 1, maxWaitSeconds: 10 } })
  const refusal = () => Promise.resolve(problemAnswer('rate_limited', { 'Retry-After': '1' }))
  server.answers.push(refusal, refusal, refusal)

  const answer = bff.fetch('/api/notes')
  await vi.advanceTimersByTimeAsync(60_000)

  expect((await answer).status).toBe(429)
  expect(server.asked).toHaveLength(2)
})

const notWaitedFor: readonly [what: string, answer: Response, init: RequestInit][] = [
  ['a longer wait than the page likes', problemAnswer('rate_limited', { 'Retry-After': '11' }), {}],
  ['no word on how long', problemAnswer('provider_unavailable'), {}],
  [
    'a 503 of the API’s own',
    Response.json({}, { status: 503, headers: { 'Retry-After': '1' } }),
    {},
  ],
  ['an API that is down', problemAnswer('upstream_unreachable', { 'Retry-After': '1' }), {}],
  [
    'a POST, which may not be sent twice',
    problemAnswer('provider_unavailable', { 'Retry-After': '1' }),
    { method: 'POST', body: 'x' },
  ],
]

test.for(notWaitedFor)('does not wait for %s', async ([, answer, init]) => {
  const { bff, server } = world()
  server.answers.push(answer)

  expect((await bff.fetch('/api/notes', init)).status).toBe(answer.status)
  expect(server.asked).toHaveLength(1)
})

test('a POST that may be sent twice is waited for', async () => {
  handClock()
  const { bff, server } = world()
  server.answers.push(problemAnswer('provider_unavailable', { 'Retry-After': '1' }))

  const answer = bff.fetch('/api/notes', { method: 'POST', body: 'x', repeatable: true })
  await vi.advanceTimersByTimeAsync(1000)

  expect((await answer).status).toBe(200)
})

test('a wait ends when the caller gives up', async () => {
  const { bff, server } = world()
  const leaving = new AbortController()
  server.answers.push(problemAnswer('provider_unavailable', { 'Retry-After': '9' }))

  const answer = bff.fetch('/api/notes', { signal: leaving.signal })
  await expect.poll(() => server.asked.length).toBe(1)
  leaving.abort(new Error('not wanted any more'))

  await expect(answer).rejects.toThrow('not wanted any more')
})

test('a step goes around all that were there before it', async () => {
  const { bff } = world()
  const steps: string[] = []
  for (const name of ['inner', 'outer']) {
    bff.use((call, next) => {
      steps.push(name)
      return next(call)
    })
  }

  await bff.session()

  expect(steps).toEqual(['outer', 'inner'])
})

test('an id can’t lead a call elsewhere', async () => {
  const { bff, server } = world()

  await bff.endSession('../../api/notes?x')

  expect(server.asked).toEqual(['DELETE /auth/sessions/..%2F..%2Fapi%2Fnotes%3Fx'])
})

test('signing out asks for where to go next, and has the browser’s cache cleared behind', async () => {
  const { bff, server } = world()

  const answer = await bff.logout({ returnTo: '/bye?x=1' })

  expect(answer).toMatchObject({ ok: true, value: { location: '/bye' } })
  expect(new URL(server.requests[0]?.url ?? '').search).toBe('?return_to=%2Fbye%3Fx%3D1')
  expect(server.times('POST /auth/logout')).toBe(2)
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return null
}
