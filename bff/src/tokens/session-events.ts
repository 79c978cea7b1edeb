import type { Handler } from 'hono'
import { Refusal } from '../base/failure.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { liveSession, type SessionVariables } from '../session/load-session.ts'
import { sessionNews, type SessionNews, type SessionNewsParts } from './session-news.ts'
import type { StreamPlaces } from './stream-places.ts'

export interface SessionEventsParts extends SessionNewsParts {
  readonly places: StreamPlaces
  readonly telemetry: Telemetry
  /** Calls back when the server stops. @returns the stream has ended */
  readonly untilStopped: (stop: () => void) => () => void
}

/** Proxies cut a connection that says nothing, often after a minute; the page takes longer silence for a dead one. */
const heartbeatMilliseconds = 15_000

/** For the browser's own EventSource. */
const retryMilliseconds = 2000

/** What a reader that does not read may leave lying. */
const mostUnread = 32

const comeAgainSeconds = 30

/**
 * `GET /auth/events`: what happens to the session, as server-sent events. No `id:`, as nothing is told twice: whoever comes back
 * looks at the session first.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html HTML, server-sent events}
 */
export function sessionEvents(parts: SessionEventsParts): Handler<{ Variables: SessionVariables }> {
  return function sessionEvents(c) {
    const session = liveSession(c.var.lookup)
    c.header('Content-Type', 'text/event-stream')
    // nginx would keep the events until there are enough of them.
    c.header('X-Accel-Buffering', 'no')
    // Hono answers it by the handler of GET, and nobody would ever read the stream.
    if (c.req.method === 'HEAD') return c.body(null)
    const giveBack = takePlace(parts, session.sid)
    const tellOf = (tell: (news: SessionNews) => void) => sessionNews(parts, session, tell)
    return c.body(eventStream(tellOf, parts.untilStopped, giveBack))
  }
}

function takePlace({ places, telemetry }: SessionEventsParts, sid: string): () => void {
  const place = places.take(sid)
  if (typeof place === 'function') return place
  telemetry.record({ name: 'event-streams-full', sid, limit: place })
  throw new Refusal({ kind: 'rate-limited', retryAfterSeconds: comeAgainSeconds })
}

function eventStream(
  tellOf: (tell: (news: SessionNews) => void) => () => void,
  untilStopped: SessionEventsParts['untilStopped'],
  ended: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let leave = () => {}

  return new ReadableStream(
    {
      start(controller) {
        const say = (text: string) => {
          controller.enqueue(encoder.encode(text))
          if ((controller.desiredSize ?? 0) <= -mostUnread) end()
        }
        const heartbeat = setInterval(() => say(':\n\n'), heartbeatMilliseconds).unref()
        const unstop = untilStopped(end)
        let quiet: (() => void) | null = null
        let over = false
        leave = () => {
          over = true
          clearInterval(heartbeat)
          quiet?.()
          unstop()
          ended()
        }
        function end(): void {
          if (over) return
          leave()
          controller.close()
        }
        say(`retry: ${retryMilliseconds}\n\n`)
        quiet = tellOf((news) => {
          if (over) return
          say(written(news))
          if (news.name === 'session-ended' || news.name === 'user-changed') end()
        })
      },
      cancel: () => leave(),
    },
    { highWaterMark: 0 },
  )
}

function written({ name, ...data }: SessionNews): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
