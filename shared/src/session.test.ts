import { expect, onTestFinished, test, vi } from 'vitest'
import type { BrowserSession, SessionOptions } from './browser-session.ts'
import { createBffClient } from './client.ts'
import { createSession } from './session.ts'
import { ada, grace, problemAnswer, stubAddress, stubServer } from './testing/stub-server.ts'

/** Tabs of one browser, before one server. */
function browser(view: ReturnType<typeof ada> | null = ada()) {
  const server = stubServer(view)
  const baseUrl = stubAddress()
  function open(options: SessionOptions = {}): BrowserSession {
    const session = createSession(createBffClient({ baseUrl, fetch: server.fetch }), options)
    onTestFinished(() => session.close())
    session.subscribe(() => {})
    return session
  }
  return {
    server,
    open,
    async openKnown(options: SessionOptions = {}) {
      const session = open(options)
      await expect.poll(() => session.getSnapshot().status).not.toBe('loading')
      return session
    },
  }
}

async function streamsOf({ streams }: ReturnType<typeof stubServer>, count: number) {
  await expect.poll(() => streams.size).toBe(count)
}

test('is loading, then signed in, and the same object until something changes', async () => {
  const { open } = browser()
  const session = open()
  const first = session.getSnapshot()

  await session.check()
  const second = session.getSnapshot()
  await session.check()

  expect(first).toEqual({ status: 'loading', failure: null })
  expect(second).toMatchObject({ status: 'signed-in', view: { user: { sub: 'ada' } } })
  expect(session.getSnapshot()).toBe(second)
})

test('tells nobody anything when nothing has changed', async () => {
  const { openKnown } = browser()
  const session = await openKnown()
  const listener = vi.fn<() => void>()
  session.subscribe(listener)

  await session.check()

  expect(listener).not.toHaveBeenCalled()
})

test('a visitor is signed out, and stays so', async () => {
  const { openKnown, server } = browser(null)
  const session = await openKnown()

  await session.check()

  expect(session.getSnapshot()).toEqual({ status: 'signed-out' })
  expect(server.asked).toEqual(['GET /auth/session', 'GET /auth/session'])
})

test('a session that is gone has ended, and it is known whose it was', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()

  server.view = null
  await session.check()

  expect(session.getSnapshot()).toMatchObject({ status: 'ended', view: { user: { sub: 'ada' } } })
})

test('without an answer it keeps what it knows, and says that it is old', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()

  server.isDown = true
  await session.check()

  expect(session.getSnapshot()).toMatchObject({
    status: 'signed-in',
    failure: { kind: 'no-answer' },
  })
})

test('is degraded while the provider can’t be reached', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()
  await streamsOf(server, 1)

  server.view = ada({ state: 'degraded' })
  server.tell('token-degraded', { degraded: true })

  await expect.poll(() => session.getSnapshot().status).toBe('degraded')
})

test('three tabs have one stream, and when its tab goes the next has it', async () => {
  const { openKnown, server } = browser()
  const first = await openKnown()
  await openKnown()
  await openKnown()
  await streamsOf(server, 1)
  expect(server.times('GET /auth/events')).toBe(1)

  first.close()

  await expect.poll(() => server.times('GET /auth/events')).toBe(2)
  await streamsOf(server, 1)
})

test('what the server says reaches every tab', async () => {
  const { openKnown, server } = browser()
  const tabs = [await openKnown(), await openKnown(), await openKnown()]
  await streamsOf(server, 1)

  server.view = null
  server.tell('session-ended', { reason: 'signed-out-at-provider' })

  for (const tab of tabs) {
    await expect
      .poll(() => tab.getSnapshot())
      .toMatchObject({ status: 'ended', reason: 'signed-out-at-provider' })
  }
  await streamsOf(server, 0)
})

test('out in one tab, out in the others, without a call', async () => {
  const { openKnown, server } = browser()
  const here = await openKnown()
  const there = await openKnown()
  const asked = server.times('GET /auth/session')

  await here.signOut()

  await expect
    .poll(() => there.getSnapshot())
    .toMatchObject({ status: 'ended', reason: 'signed-out' })
  expect(here.getSnapshot()).toEqual({ status: 'signed-out' })
  expect(server.times('GET /auth/session')).toBe(asked)
})

test('one’s own sign-out is no news, though the server’s word is faster than its answer', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()
  await streamsOf(server, 1)
  const seen: string[] = []
  session.subscribe(() => seen.push(session.getSnapshot().status))
  const answer = Promise.withResolvers<Response>()
  server.answers.push(() => answer.promise)

  const leaving = session.signOutEverywhere({ withdrawGrants: true })
  server.view = null
  server.tell('session-ended', { reason: 'signed-out' })
  await expect.poll(() => seen).not.toEqual([])
  answer.resolve(Response.json(null))
  await leaving

  expect(seen).toEqual(['signed-out'])
  expect(server.requests.find(({ method }) => method === 'DELETE')?.url).toMatch(
    /\/auth\/sessions\?grants=withdraw$/,
  )
})

test('in as somebody else in one tab: the others say so, and send nothing any more', async () => {
  const { open, openKnown, server } = browser()
  const adas = await openKnown()

  server.view = grace()
  open()
  await expect.poll(() => adas.getSnapshot()).toMatchObject({ reason: 'user-changed' })
  const call = adas.client.fetch('/api/notes', { method: 'POST', body: 'x' })

  await expect(call).rejects.toMatchObject({ failure: { kind: 'user-changed' } })
  expect(server.times('POST /api/notes')).toBe(0)
  expect(adas.getSnapshot()).toMatchObject({ successor: { user: { sub: 'grace' } } })
})

test('a call that is sent before the news arrives is refused by the server, and says why', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()

  server.view = grace()
  const call = session.client.call('/api/notes', { method: 'POST', body: 'x' }, (json) => json)

  expect(await call).toEqual({ ok: false, error: { kind: 'user-changed' } })
  expect(server.requests.find(({ method }) => method === 'POST')?.headers).toMatchObject({})
  expect(session.getSnapshot()).toMatchObject({ status: 'ended', reason: 'user-changed' })
})

test('a page that has put away what was the other’s goes on as the new user', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()
  server.view = grace()
  await session.check()

  await session.acceptUser()
  const answer = await session.client.fetch('/api/notes')

  expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', view: grace() })
  expect(await answer.json()).toEqual({ from: 'grace' })
})

test('a call that is refused after the page has gone on as somebody else is not theirs', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })
  const refusal = Promise.withResolvers<Response>()
  server.answers.push(() => refusal.promise)
  const call = session.client.fetch('/api/notes', { method: 'POST', body: 'Ada’s words' })
  const outcome = call.catch((error: unknown) => error)

  server.view = grace()
  await session.check()
  await session.acceptUser()
  refusal.resolve(problemAnswer('session_ended'))

  expect(await outcome).toMatchObject({ failure: { kind: 'user-changed' } })
  expect(server.times('POST /api/notes')).toBe(1)
})

test('a call that was begun for one user is not sent while the next is being accepted', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()
  server.view = null
  await session.check()
  session.subscribe(() => {
    const now = session.getSnapshot()
    if (now.status === 'ended' && now.reason === 'user-changed') void session.acceptUser()
  })

  server.view = grace()
  const call = session.client.fetch('/api/notes', { method: 'POST', body: 'Ada’s words' })

  await expect(call).rejects.toMatchObject({ failure: { kind: 'user-changed' } })
  expect(server.times('POST /api/notes')).toBe(0)
})

test('a call waits for the same user, and is then sent once', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })

  server.view = null
  const call = session.client.fetch('/api/notes', { method: 'POST', body: 'half a note' })
  await expect.poll(() => session.getSnapshot()).toMatchObject({ status: 'ended', waiting: 1 })
  server.view = ada({ startedAt: 5 })
  await session.check()

  expect(await (await call).json()).toEqual({ from: 'ada' })
  expect(server.times('POST /api/notes')).toBe(2)
  expect(await server.requests.at(-1)?.text()).toBe('half a note')
  expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', waiting: 0 })
})

test('a call that waits is not sent for somebody else', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })
  server.view = null
  const call = session.client.fetch('/api/notes', { method: 'POST', body: 'half a note' })
  const outcome = call.catch((error: unknown) => error)
  await expect.poll(() => session.getSnapshot()).toMatchObject({ waiting: 1 })

  server.view = grace()
  await session.check()

  expect(await outcome).toMatchObject({ failure: { kind: 'user-changed' } })
  expect(server.times('POST /api/notes')).toBe(1)
})

test('a call that waits can be given up, by its caller or by the user', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })
  const leaving = new AbortController()
  server.view = null
  const aborted = session.client.fetch('/api/notes', { signal: leaving.signal })
  const outcome = aborted.catch((error: unknown) => error)
  const abandoned = session.client.fetch('/api/notes')
  await expect.poll(() => session.getSnapshot()).toMatchObject({ waiting: 2 })

  leaving.abort(new Error('the page has gone'))
  session.abandon()

  expect(await outcome).toMatchObject({ message: 'the page has gone' })
  expect((await abandoned).status).toBe(401)
  expect(session.getSnapshot()).toMatchObject({ waiting: 0 })
})

test('a call whose body can’t be sent twice does not wait', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })
  server.view = null

  const body = new Blob(['x']).stream()
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit
  const answer = await session.client.fetch('/api/notes', init)

  expect(answer.status).toBe(401)
})

test('a call that began to wait before anything was known is sent at the first sign-in', async () => {
  const server = stubServer(null)
  let looksFail = true
  const fetch: typeof server.fetch = (input, init) =>
    looksFail && new Request(input, init).url.endsWith('/auth/session')
      ? Promise.reject(new TypeError('fetch failed'))
      : server.fetch(input, init)
  const client = createBffClient({ baseUrl: stubAddress(), fetch })
  const session = createSession(client, { onSessionEnd: 'wait' })
  onTestFinished(() => session.close())
  session.subscribe(() => {})
  const call = client.fetch('/api/notes', { method: 'POST', body: 'early' })
  await expect.poll(() => server.times('POST /api/notes')).toBe(1)
  await session.check()
  expect(session.getSnapshot()).toMatchObject({ status: 'loading' })

  looksFail = false
  server.view = ada()
  await session.check()

  expect(await (await call).json()).toEqual({ from: 'ada' })
  expect(server.times('POST /api/notes')).toBe(2)
})

test('a session that nobody listens to lets no call wait: nobody would offer to sign in', async () => {
  const server = stubServer(null)
  const client = createBffClient({ baseUrl: stubAddress(), fetch: server.fetch })
  const session = createSession(client, { onSessionEnd: 'wait' })
  server.view = ada()
  await session.check()
  server.view = null

  expect((await client.fetch('/api/notes')).status).toBe(401)
})

test('nor does one to which nobody listens any more', async () => {
  const server = stubServer()
  const client = createBffClient({ baseUrl: stubAddress(), fetch: server.fetch })
  const session = createSession(client, { onSessionEnd: 'wait' })
  onTestFinished(() => session.close())
  const leave = session.subscribe(() => {})
  await expect.poll(() => session.getSnapshot().status).toBe('signed-in')
  leave()
  server.view = null

  expect((await client.fetch('/api/notes')).status).toBe(401)
})

test('a call about the session itself does not wait for the next one', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })
  server.view = null

  const stayed = await session.staySignedIn()
  const left = await session.signOutEverywhere()

  expect([stayed, left]).toMatchObject([
    { ok: false, error: { problem: { code: 'session_ended' } } },
    { ok: false, error: { problem: { code: 'session_ended' } } },
  ])
})

test('a session that is closed leaves no call waiting', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })
  server.view = null
  const call = session.client.fetch('/api/notes')
  await expect.poll(() => session.getSnapshot()).toMatchObject({ waiting: 1 })

  session.close()

  expect((await call).status).toBe(401)
})

test('a call that wants a stronger sign-in says so, and does not wait', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown({ onSessionEnd: 'wait' })
  server.answers.push(problemAnswer('step_up_required'))

  const answer = await session.client.call('/api/transfers', {}, (json) => json)

  expect(answer).toMatchObject({ error: { problem: { code: 'step_up_required' } } })
  expect(session.getSnapshot()).toMatchObject({ status: 'signed-in', waiting: 0 })
})

test('by default a call that finds the session over fails', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()
  server.view = null

  const answer = await session.client.fetch('/api/notes')

  expect(answer.status).toBe(401)
  expect(session.getSnapshot()).toMatchObject({ status: 'ended' })
})

test('a call that finds the session renewed in another tab is sent again without a word', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()
  server.answers.push(() => {
    server.view = ada({ startedAt: 5 })
    return Promise.resolve(problemAnswer('session_ended'))
  })

  const answer = await session.client.fetch('/api/notes')

  expect(answer.status).toBe(200)
})

test('a sign-in beside the page ends at the page that closes itself', async () => {
  const { openKnown } = browser()
  const session = await openKnown({ resumePath: '/back' })
  const open = vi.fn<(path: string) => boolean>(() => true)

  const opened = session.resume({ open, parameters: { login_hint: 'ada' } })

  expect(opened).toBe(true)
  expect(open.mock.calls[0]?.[0]).toMatch(/\/auth\/login\?return_to=%2Fback&login_hint=ada$/)
})

test('an answer that set out before the session ended does not bring it back', async () => {
  const { openKnown, server } = browser()
  const session = await openKnown()
  await streamsOf(server, 1)
  const overtaken = session.check()

  await new Promise((resolve) => setTimeout(resolve, 2))
  server.tell('session-ended', { reason: 'signed-out-elsewhere' })
  await expect.poll(() => session.getSnapshot().status).toBe('ended')
  await overtaken

  expect(session.getSnapshot().status).toBe('ended')
})
