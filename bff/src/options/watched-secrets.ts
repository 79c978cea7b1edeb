import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { asSource, isSameList, keyId, type SecretSource } from '../base/key-ring.ts'
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
 */
export function watchedSecrets(
  secrets: readonly string[] | SecretSource,
  telemetry: Telemetry,
  clock: Clock,
): WatchedSecrets {
  const source = asSource(secrets)
  let inUse = [...source.current()]
  let lookedAt = clock.milliseconds()
  let told: string | null = null

  function look(): void {
    const found = usable(source)
    const trouble = typeof found === 'string' ? found : null
    // Once for each trouble, not once a second.
    if (trouble !== null && trouble !== told)
      telemetry.record({ name: 'keys-refused', detail: trouble })
    told = trouble
    if (typeof found === 'string' || isSameList(found, inUse)) return
    const sharesNone = !found.some((secret) => inUse.includes(secret))
    inUse = [...found]
    tell()
    if (sharesNone) telemetry.record({ name: 'keys-all-new' })
  }

  function tell(): void {
    telemetry.record({ name: 'keys-in-use', keys: inUse.map(keyId) })
  }

  function current(): readonly string[] {
    if (clock.milliseconds() - lookedAt >= lookEveryMilliseconds) {
      lookedAt = clock.milliseconds()
      look()
    }
    return inUse
  }

  tell()
  if (!('current' in secrets)) return { current: () => inUse, close() {} }
  // An instance that nobody calls says what became of the change, too.
  const timer = setInterval(current, lookEveryMilliseconds).unref()
  return { current, close: () => clearInterval(timer) }
}

/** What is wrong with a source's secrets, and the cure; null when nothing is. No secret is in it. */
export function faultOfSecrets(source: SecretSource): string | null {
  const found = usable(source)
  return typeof found === 'string' ? found : null
}

function usable(source: SecretSource): readonly string[] | string {
  try {
    const secrets = source.current()
    return rules.secrets(secrets) ?? secrets
  } catch (error) {
    return `can't be read (${describeCause(error)}).`
  }
}
