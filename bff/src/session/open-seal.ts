import { unsealData } from 'iron-session'
import type { KeyRing, SealPurpose } from '../base/key-ring.ts'
import type { Telemetry } from '../observability/telemetry.ts'

export interface OpenSealParts {
  readonly keyRing: KeyRing
  readonly telemetry: Telemetry
}

/**
 * Opens what iron-session sealed for a purpose, with the keys of this moment, and tells what became of it.
 *
 * @returns undefined when it does not open; all the reasons are the same to the user
 */
export async function openSeal(
  seal: string,
  purpose: SealPurpose,
  { keyRing, telemetry }: OpenSealParts,
): Promise<unknown> {
  let refused = false
  const content = await unsealData<object>(seal, {
    password: keyRing.passwords(purpose).opening,
    ttl: 0,
    onUnsealError(reason) {
      refused = true
      telemetry.record({
        name: 'seal-refused',
        purpose,
        // Ours have no expiry, so `expired` is an expiry that somebody has written into one.
        reason: reason === 'unknown-password' ? 'unknown-key' : 'tampered',
      })
    },
  })
  if (refused) return undefined
  telemetry.record({ name: 'seal-opened', purpose, key: keyIdOf(seal) })
  return content
}

/** What a seal says of its key is part of what its mac covers: once it has opened, it is true. */
function keyIdOf(seal: string): string {
  return seal.split('*', 2)[1] ?? ''
}
