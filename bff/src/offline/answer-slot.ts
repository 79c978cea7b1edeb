import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { describeCause } from '../base/describe-cause.ts'
import { within } from '../base/within.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import { boundedFetch } from '../provider/bounded-fetch.ts'

/**
 * One request to the token endpoint and the place in the store where its answer is to lie. The refresh token is spent once the
 * provider has the request, and the answer is all that is left of the grant: it is written down before anybody reads it.
 *
 * The slot says how far it is: empty before, `asking` while somebody is at it, then the sealed answer, `failed` where none came,
 * or `abandoned` by whoever found nobody at it. From empty there is one way: so a request that was abandoned is never sent late.
 */
export interface Errand {
  readonly slot: string
  /** How long the answer is kept for whoever comes to fetch it. */
  readonly keepSeconds: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer as it came. */
export const tokenAnswerSchema = z.object({
  status: z.int().min(200).max(599),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
})

export type TokenAnswer = Readonly<z.infer<typeof tokenAnswerSchema>>

/** What came of an errand: an answer, or why there is none. */
export type Asked = { readonly answer: TokenAnswer } | { readonly failed: string }

/** Why a request was not even sent: somebody had given its attempt up. */
export const takenOver = 'taken over'

export interface AskParts {
  readonly keyValue: KeyValue
  readonly fetch: typeof fetch
  /** Seals an answer for its slot and no other. */
  readonly seal: (answer: TokenAnswer, slot: string) => string
}

export const asking = 'asking'
export const failed = 'failed'
export const abandoned = 'abandoned'

/** Renewed while somebody waits for the answer, so its length says only how soon the death of that process is seen. */
const askingSeconds = 8
const renewEveryMilliseconds = 2000

const answerTimeoutSeconds = 30
const failedSeconds = 3600

/** A store that does not take the answer is tried for ten minutes; who waits for the answer gets it after two seconds. */
const tryAgainMilliseconds = 100
const mostTries = 6000
const patienceSeconds = 2

export interface Ran {
  readonly asked: Asked
  /** Resolves when the answer is written down, or there was none to write. */
  readonly written: Promise<void>
}

/** Sends the request, and has its answer written down before it gives it out. */
export async function runErrand(parts: AskParts, errand: Errand): Promise<Ran> {
  const { keyValue } = parts
  const { slot } = errand
  if (!(await keyValue.replace(slot, null, asking, askingSeconds))) return nothingCame(takenOver)
  const renewal = setInterval(() => {
    keyValue.replace(slot, asking, asking, askingSeconds).catch(() => {})
  }, renewEveryMilliseconds)
  try {
    const answer = await send(parts.fetch, errand)
    const written = writeDown(keyValue, errand, parts.seal(answer, slot))
    await within(patienceSeconds, written, null)
    return { asked: { answer }, written }
  } catch (error) {
    await keyValue.replace(slot, asking, failed, failedSeconds).catch(() => {})
    return nothingCame(describeCause(error))
  } finally {
    clearInterval(renewal)
  }
}

function nothingCame(why: string): Ran {
  return { asked: { failed: why }, written: Promise.resolve() }
}

async function send(fetchNow: typeof fetch, { url, headers, body }: Errand): Promise<TokenAnswer> {
  const late = new AbortController()
  // Unlike `AbortSignal.timeout` it is gone when the answer is there, and not half a minute later.
  const timer = setTimeout(
    () => late.abort(new DOMException('no answer in time', 'TimeoutError')),
    answerTimeoutSeconds * 1000,
  )
  try {
    const { signal } = late
    const response = await boundedFetch(fetchNow)(url, { method: 'POST', headers, body, signal })
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    }
  } finally {
    clearTimeout(timer)
  }
}

/** Until the store takes it: what is not written down is lost with this process. */
async function writeDown(
  keyValue: KeyValue,
  { slot, keepSeconds }: Errand,
  sealed: string,
): Promise<void> {
  async function put(): Promise<boolean> {
    if (await keyValue.replace(slot, asking, sealed, keepSeconds)) return true
    // The store was away for longer than the slot lasts unrenewed. Not so if another has given it up meanwhile.
    await keyValue.replace(slot, null, sealed, keepSeconds)
    return true
  }
  for (let tries = 0; tries < mostTries; tries += 1) {
    if (await put().catch(() => false)) return
    await pause(tryAgainMilliseconds)
  }
}
