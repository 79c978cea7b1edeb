import type { BffClient } from './client.ts'
import { readEvents, type StreamEvent } from './event-stream.ts'
import { listen, page } from './page.ts'
import { pause } from './patiently.ts'
import { routes } from './routes.ts'

export interface EventsFollower {
  /** Called for each event of the server. */
  event(event: StreamEvent): void
  /** The stream is open: whatever happened before it was is not told, so look. */
  opened(): void
  /** The server won't open it, as nobody is signed in. */
  refused(): void
}

const takeOverMilliseconds = 100
const firstPauseMilliseconds = 1_000
const longestPauseMilliseconds = 30_000

/** The server sends something each 15 seconds. A connection that lost its other end says nothing for ever. */
const silenceMilliseconds = 40_000

/**
 * Follows the session's events: one stream for all tabs of the browser. Whoever holds the lock leads; when that tab is gone
 * the next takes over. Without Web Locks each tab has a stream of its own.
 *
 * @returns stops following
 */
export function followEvents(client: BffClient, follower: EventsFollower): () => void {
  const stop = new AbortController()
  const { signal } = stop
  const lead = async () => {
    // The tab that led may be gone because the session is; its word of that is under way.
    await pause(takeOverMilliseconds, signal)
    await keepOpen(client, follower, signal)
  }
  const locks = page.navigator?.locks
  const led = locks ? locks.request(`strongroom-events${client.baseUrl}`, { signal }, lead) : lead()
  // Aborted: the page is going away, or nobody is signed in any more.
  led.catch(() => {})
  return () => stop.abort()
}

async function keepOpen(
  client: BffClient,
  follower: EventsFollower,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; ; failures++) {
    const began = Date.now()
    const wait = await openOnce(client, follower, signal).catch(() => null)
    if (Date.now() - began > longestPauseMilliseconds) failures = 0
    const backOff = Math.min(firstPauseMilliseconds * 2 ** failures, longestPauseMilliseconds)
    // Jitter: a server that starts anew would have all its pages back at the same moment.
    await untilOnlineOr((wait ?? backOff) * (0.5 + Math.random()), signal)
  }
}

/** @returns how long the server wants us to stay away, if it said so */
async function openOnce(
  client: BffClient,
  follower: EventsFollower,
  signal: AbortSignal,
): Promise<number | null> {
  const dead = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => dead.abort(), silenceMilliseconds)
  }
  try {
    heard()
    const response = await client.fetch(routes.events, {
      signal: AbortSignal.any([signal, dead.signal]),
      background: true,
      repeatable: false,
      cache: 'no-store',
    })
    if (response.status === 401) follower.refused()
    if (!response.ok || !response.body) {
      return Number(response.headers.get('Retry-After')) * 1000 || null
    }
    follower.opened()
    await readEvents(response.body, heard, (event) => follower.event(event))
    return null
  } finally {
    clearTimeout(timer)
  }
}

async function untilOnlineOr(milliseconds: number, signal: AbortSignal): Promise<void> {
  const online = new AbortController()
  const wake = () => online.abort()
  const unlisten = listen(page, 'online', wake)
  await pause(milliseconds, AbortSignal.any([signal, online.signal])).catch(() => {})
  unlisten()
  signal.throwIfAborted()
}
