import { attemptSeconds } from '../base/attempt-seconds.ts'
import { digest } from '../base/digest.ts'
import { Refusal } from '../base/failure.ts'
import type { KeyValue } from '../keyvalue/store.ts'

/** Remembers which attempts have been answered, as long as they could be answered again. */
export interface AnsweredStates {
  /** @returns whether this is the first answer to the attempt, on whichever instance */
  take(state: string): Promise<boolean>
  /** Whether it has been answered, as far as is known. */
  has(state: string): Promise<boolean>
}

/**
 * Taking the attempt's cookie away does not end the attempt: a copy of it, or a second request sent along with the first
 * (a double click), would be answered too, and a provider that sees a code twice revokes what it gave for it
 * (RFC 6749 §4.1.2, RFC 9700 §4.2.4).
 */
export function answeredStates(keyValue: KeyValue): AnsweredStates {
  return {
    async take(state) {
      try {
        return await keyValue.replace(keyOf(state), null, 'once', attemptSeconds)
      } catch (error) {
        // Without the store nobody could sign in; the provider takes each code once all the same.
        if (error instanceof Refusal) return true
        throw error
      }
    },
    async has(state) {
      try {
        return (await keyValue.get(keyOf(state))) !== null
      } catch (error) {
        if (error instanceof Refusal) return false
        throw error
      }
    },
  }
}

function keyOf(state: string): string {
  return `answered-state/${digest(state)}`
}
