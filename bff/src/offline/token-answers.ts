import { setTimeout as pause } from 'node:timers/promises'
import type { KeyRing } from '../base/key-ring.ts'
import { PlainError } from '../base/plain-error.ts'
import type { Sealer } from '../base/sealer.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import {
  abandoned,
  asking,
  failed,
  runErrand,
  takenOver,
  tokenAnswerSchema,
  type Asked,
  type Errand,
  type TokenAnswer,
} from './answer-slot.ts'
import type { TokenCourier } from './token-courier.ts'

/** Somebody else went on with the grant while this process slept. Nothing was asked. */
export class TakenOver extends PlainError {
  override readonly name = 'TakenOver'
}

/** The answers to token requests, each written down before it is read, and to be found by whoever goes on after a crash. */
export interface TokenAnswers {
  /** For one request of one attempt: its answer lies in the store before it is given out. */
  asking(attempt: string, keepSeconds: number): typeof fetch
  /**
   * What came of an attempt that somebody else began. Waits while they are at it.
   *
   * @returns a `fetch` that gives the answer once more; null when there is none, and none can come any more
   */
  found(attempt: string): Promise<typeof fetch | null>
  forget(attempt: string): Promise<void>
  /** Waits until what has come is written down. */
  settled(): Promise<void>
}

export interface TokenAnswersParts {
  readonly keyValue: KeyValue
  readonly keyRing: KeyRing
  readonly sealer: Sealer
  readonly fetch: typeof fetch
  /** Null where there is nothing but this process. */
  readonly courier: TokenCourier | null
}

const lookAgainMilliseconds = 50

/** Longer than anybody is at it. */
const abandonedSeconds = 300

export function tokenAnswers(parts: TokenAnswersParts): TokenAnswers {
  const { keyValue, keyRing, sealer, courier } = parts
  const unwritten = new Set<Promise<void>>()

  async function runHere(errand: Errand): Promise<Asked> {
    const seal = (answer: TokenAnswer, slot: string) => sealer.seal(answer, slot)
    const { asked, written } = await runErrand({ keyValue, fetch: parts.fetch, seal }, errand)
    unwritten.add(written)
    void written.finally(() => unwritten.delete(written))
    return asked
  }

  async function run(errand: Errand): Promise<Asked> {
    const { id, key } = keyRing.keys('grant').sealing
    const carried = await courier?.run(errand, { id, secret: key.export().toString('base64url') })
    return carried ?? runHere(errand)
  }

  return {
    asking: (attempt, keepSeconds) => async (input, init) => {
      // Its time runs where it is sent. A signal that is listened to stays in memory for as long as it may fire.
      const request = new Request(input, { ...init, signal: null })
      const asked = await run({
        slot: slotOf(attempt),
        keepSeconds,
        url: request.url,
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
      })
      if ('failed' in asked && asked.failed === takenOver) throw new TakenOver(takenOver)
      if ('failed' in asked)
        throw new PlainError(`no answer to the token request (${asked.failed})`)
      return asResponse(asked.answer)
    },

    async found(attempt) {
      const slot = slotOf(attempt)
      for (;;) {
        const lies = await keyValue.get(slot)
        if (lies === asking) await pause(lookAgainMilliseconds)
        else if (lies === failed || lies === abandoned) return null
        else if (lies !== null) return given(lies, slot)
        // From now on nobody can begin what was not begun.
        else if (await keyValue.replace(slot, null, abandoned, abandonedSeconds)) return null
      }
    },

    forget: (attempt) => keyValue.delete(slotOf(attempt)),

    async settled() {
      while (unwritten.size > 0) await Promise.allSettled(unwritten)
    },
  }

  function given(sealed: string, slot: string): typeof fetch | null {
    const { data } = tokenAnswerSchema.safeParse(sealer.open(sealed, slot))
    return data === undefined ? null : async () => asResponse(data)
  }
}

function asResponse({ status, headers, body }: TokenAnswer): Response {
  // It was decoded when it came.
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers
  return new Response(status === 204 || status === 304 ? null : body, { status, headers: rest })
}

function slotOf(attempt: string): string {
  return `grant-answer/${attempt}`
}
