import { parseProblem } from './parse-problem.ts'
import type { ProblemCode } from './problems.ts'

/** How long the client waits for a server that says when to come again. */
export interface Patience {
  /** How often a call is sent again. 0 for never. */
  readonly times: number
  /** A longer wait than this is not waited for: the page gets the answer as it is. */
  readonly maxWaitSeconds: number
}

const passing: ReadonlySet<ProblemCode> = new Set([
  'provider_unavailable',
  'store_unavailable',
  'rate_limited',
])

/** Sends again what Strongroom refused for the moment, when it said to. An upstream's own 503 passes through. */
export async function patiently(
  send: () => Promise<Response>,
  { times, maxWaitSeconds }: Patience,
  signal: AbortSignal | null | undefined,
): Promise<Response> {
  for (let left = times; ; left--) {
    const response = await send()
    if (left <= 0 || (response.status !== 503 && response.status !== 429)) return response
    const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN)
    const code = (await problemOf(response))?.code
    if (code === undefined || !passing.has(code) || !(seconds <= maxWaitSeconds)) return response
    await pause(seconds * 1000, signal)
  }
}

/** Strongroom's problem in an answer, which can be read again afterwards. */
export async function problemOf(response: Response) {
  const json: unknown = response.ok
    ? null
    : await response
        .clone()
        .json()
        .catch(() => null)
  return parseProblem(json)
}

/** Rejects with the signal's reason when it is aborted. */
export async function pause(
  milliseconds: number,
  signal: AbortSignal | null | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds)
  const stop = () => reject(signal?.reason as Error)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}
