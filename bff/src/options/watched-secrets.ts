import { err, ok, type Result } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { isSameList, keyId, type SecretSource } from '../base/key-ring.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import * as rules from './rules.ts'

/** The secrets that are in use: those of the source, as long as they can be used. */
export interface WatchedSecrets extends SecretSource {
  /** Looks no more by itself. */
  close(): void
}

const lookEveryMilliseconds = 1000

/**
 * Follows a source of secrets. What it gives later must hold up as what it gave first did: a file that is half written, empty or
 * gone for a moment must not sign everybody out, nor let anybody in with a secret that is easy to guess.
 *
 * @param first  what {@link usableSecrets} gave: read once more, a source might give something else
 * @param source  null when they never change
 */
export function watchedSecrets(
  first: readonly string[],
  source: SecretSource | null,
  telemetry: Telemetry,
  clock: Clock,
): WatchedSecrets {
  let inUse = first
  let lookedAt = clock.milliseconds()
  let told: string | null = null

  function look(from: SecretSource): void {
    const found = usableSecrets(from)
    const trouble = found.ok ? null : found.error
    // Once for each trouble, not once a second.
    if (trouble !== null && trouble !== told)
      telemetry.record({ name: 'keys-refused', detail: trouble })
    told = trouble
    if (!found.ok || isSameList(found.value, inUse)) return
    const sharesNone = !found.value.some((secret) => inUse.includes(secret))
    inUse = found.value
    tell()
    if (sharesNone) telemetry.record({ name: 'keys-all-new' })
  }

  function tell(): void {
    telemetry.record({ name: 'keys-in-use', keys: inUse.map(keyId) })
  }

  tell()
  if (source === null) return { current: () => inUse, close() {} }

  const current = () => {
    if (clock.milliseconds() - lookedAt >= lookEveryMilliseconds) {
      lookedAt = clock.milliseconds()
      look(source)
    }
    return inUse
  }

  // An instance that nobody calls says what became of the change, too.
  const timer = setInterval(current, lookEveryMilliseconds).unref()
  return { current, close: () => clearInterval(timer) }
}

/** A source's secrets, or what is wrong with them and the cure. No secret is in that. */
export function usableSecrets(source: SecretSource): Result<readonly string[], string> {
  try {
    // Judged is what is used, whatever becomes of the source's own list.
    const secrets = [...source.current()]
    const fault = rules.secrets(secrets)
    return fault === null ? ok(secrets) : err(fault)
  } catch (error) {
    return err(`can't be read (${describeCause(error)}).`)
  }
}
