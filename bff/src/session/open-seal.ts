import { err } from '@strongroom/client'
import { ironUnseal } from '../base/iron-seal.ts'
import type { KeyRing, SealPurpose } from '../base/key-ring.ts'
import type { Telemetry } from '../observability/telemetry.ts'

/** How iron-session 9 ends each seal. */
const version = '~2'

export interface OpenSealParts {
  readonly keyRing: KeyRing
  readonly telemetry: Telemetry
}

/**
 * Opens what iron-session sealed for a purpose, with the keys of this moment, and tells what became of it.
 *
 * @returns undefined when it does not open; all the reasons are the same to the user
 */
export function openSeal(
  seal: string,
  purpose: SealPurpose,
  { keyRing, telemetry }: OpenSealParts,
): unknown {
  const opened = isSpelledOnce(seal) ? ironUnseal(seal, keyRing.passwords(purpose)) : err('invalid')
  if (opened.ok) {
    telemetry.record({ name: 'seal-opened', purpose, key: keyIdOf(seal) })
    return opened.value
  }
  // Ours have no expiry, so `expired` is an expiry that somebody has written into one.
  const reason = opened.error === 'unknown-password' ? 'unknown-key' : 'tampered'
  telemetry.record({ name: 'seal-refused', purpose, reason })
  return undefined
}

/**
 * What stands behind the `~` no mac covers. With one spelling alone nothing that was changed opens, and nobody fills the memory
 * of opened seals with variants of one.
 */
function isSpelledOnce(seal: string): boolean {
  return seal.indexOf('~') === seal.length - version.length && seal.endsWith(version)
}

/** What a seal says of its key is part of what its mac covers: once it has opened, it is true. */
function keyIdOf(seal: string): string {
  return seal.split('*', 2)[1] ?? ''
}
