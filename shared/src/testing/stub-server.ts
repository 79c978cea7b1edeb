import { problem, type ProblemCode } from '../problems.ts'
import { routes } from '../routes.ts'
import type { SignedInView } from '../schemas.ts'

/** A stand-in for Strongroom that has one browser, for tests of what runs in that browser. */
export interface StubServer {
  readonly fetch: typeof fetch
  /** Whose session the browser's cookie holds. */
  view: SignedInView | null
  /** What it was asked, oldest first, such as `POST /api/notes`. */
  readonly asked: string[]
  readonly requests: Request[]
  /** Answers `/api` in place of the stub, once for each. */
  readonly answers: (Response | (() => Promise<Response>))[]
  /** The live streams that are open. */
  readonly streams: Set<ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>>
  /** How far its clock is ahead. */
  clockSkewSeconds: number
  /** Is the network gone? */
  isDown: boolean
  /** Is whatever is asked lost on its way? */
  isSilent: boolean
  /** Tells every open stream. */
  tell(name: string, data: unknown): void
  times(what: string): number
}

/** Channels and locks go by the address, and are those of the whole process: each server has its own. */
export function stubAddress(): string {
  return `https://${crypto.randomUUID()}.example`
}

export function stubServer(view: SignedInView | null = ada()): StubServer {
  const encoder = new TextEncoder()
  const server: StubServer = {
    view,
    asked: [],
    requests: [],
    answers: [],
    streams: new Set(),
    clockSkewSeconds: 0,
    isDown: false,
    isSilent: false,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      server.requests.push(request)
      server.asked.push(`${request.method} ${pathname}`)
      if (server.isDown) throw new TypeError('fetch failed')
      request.signal.throwIfAborted()
      if (server.isSilent) return abortion(request.signal)
      return pathname === routes.events ? stream(request) : answer(request, pathname)
    },
    tell(name, data) {
      const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
      for (const open of server.streams) open.enqueue(encoder.encode(text))
    },
    times: (what) => server.asked.filter((asked) => asked === what).length,
  }

  function answer({ headers, method }: Request, pathname: string): Response | Promise<Response> {
    const { view } = server
    if (pathname === routes.session && method === 'GET') {
      const date = new Date(Date.now() + server.clockSkewSeconds * 1000).toUTCString()
      return Response.json(view ?? { authenticated: false }, { headers: { Date: date } })
    }
    if (pathname === routes.logout) {
      server.view = null
      return Response.json({ location: '/bye', receipt: receipt() })
    }
    const drawnFor = headers.get('X-Session-Owner')
    if (!view) return problemAnswer('session_ended')
    if (drawnFor !== null && drawnFor !== view.session.owner) return problemAnswer('session_ended')
    if (pathname === routes.session) return Response.json(view)
    const next = server.answers.shift()
    if (next) return typeof next === 'function' ? next() : next
    return Response.json({ from: view.user.sub })
  }

  function stream(request: Request): Response {
    if (!server.view) return problemAnswer('unauthenticated')
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        server.streams.add(controller)
        controller.enqueue(encoder.encode('retry: 2000\n\n'))
        request.signal.addEventListener('abort', () => {
          if (server.streams.delete(controller)) controller.error(request.signal.reason)
        })
      },
    })
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
  }

  return server
}

/** Rejects when it is aborted, and does nothing before. */
function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

export function problemAnswer(code: ProblemCode, headers: Record<string, string> = {}): Response {
  const body = problem(code)
  return Response.json(body, { status: body.status, headers })
}

/** A session that began now. */
export function ada(changes: Partial<SignedInView['session']> = {}): SignedInView {
  return viewOf('ada', changes)
}

export function grace(): SignedInView {
  return viewOf('grace', {})
}

function viewOf(sub: string, changes: Partial<SignedInView['session']>): SignedInView {
  const now = Math.floor(Date.now() / 1000)
  return {
    authenticated: true,
    user: { sub },
    session: {
      state: 'active',
      owner: `owner-of-${sub}`,
      startedAt: now,
      expiresAt: now + 28_800,
      idleExpiresAt: now + 1_800,
      idleSeconds: 1_800,
      ...changes,
    },
    token: {
      issuedAt: now,
      expiresAt: now + 300,
      refreshDueAt: now + 240,
      refreshable: true,
      refreshCount: 0,
      scopes: ['openid'],
    },
  }
}

function receipt() {
  return {
    session: 'ended',
    refreshToken: 'revoked',
    accessToken: 'revoked',
    providerSession: 'continue-at-location',
  }
}
