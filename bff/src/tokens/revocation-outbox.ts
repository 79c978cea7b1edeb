import type { Clock } from '../base/clock.ts'
import { Refusal } from '../base/failure.ts'
import type { Sealer } from '../base/sealer.ts'
import { takeLease } from '../keyvalue/lease.ts'
import type { Store } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { providerBackoff } from './provider-backoff.ts'
import { waitSeconds, type QueuedRevocation } from './queued-revocation.ts'
import { tryRevocation } from './try-revocation.ts'
import { waitingRevocations } from './waiting-revocations.ts'

/**
 * The revocations that could not be done at once, kept until they are: tried again at growing intervals for a day, by
 * one instance at a time.
 *
 * Each is taken away only when it is done: an instance that dies in the middle leaves it to the next, and the worst
 * that comes of it is that a token is revoked twice.
 */
export interface RevocationOutbox {
  /**
   * Keeps the tokens for a later try.
   *
   * @param retryAfterSeconds  how long the provider asked to wait, 0 if it did not
   * @returns whether they are kept: not when too many are waiting already or the store can't be reached
   */
  add(revocation: NewRevocation, retryAfterSeconds: number): Promise<boolean>
  /**
   * Keeps the tokens for the case that whoever is about to revoke them does not get to it.
   *
   * @returns what takes them away again once they are revoked; null where they could not be kept
   */
  hold(revocation: NewRevocation): Promise<(() => Promise<void>) | null>
  /** Tries what is due. Called by itself every five seconds; a test calls it by hand. */
  drain(): Promise<Drained>
  /** Tries nothing more. Waits for the one that is under way. */
  close(): Promise<void>
}

export type NewRevocation = Pick<QueuedRevocation, 'sid' | 'tokens' | 'refreshTokenRevoked'>

/** Tokens that were revoked now, and those that wait. */
export interface Drained {
  readonly revoked: number
  readonly left: number
}

export interface RevocationOutboxParts {
  readonly provider: Pick<IdentityProvider, 'revoke'>
  readonly store: Store
  readonly sealer: Sealer
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** How many sessions' tokens may wait; those of further ones are refused. @default 10,000 */
  readonly mostSessions?: number
}

const drainEveryMilliseconds = 5000

/** Longer than anybody takes who revokes at once. */
const holdSeconds = 30

export function createRevocationOutbox(parts: RevocationOutboxParts): RevocationOutbox {
  const { store, sealer, clock, telemetry, mostSessions = 10_000 } = parts
  const waiting = waitingRevocations(store, sealer, clock)
  const backoff = providerBackoff(clock, 'provider-revocation', telemetry)
  let draining: Promise<Drained> | null = null
  let closed = false

  async function drainDue(): Promise<Drained> {
    await waiting.catchUp()
    const idle = closed || waiting.due().length === 0 || backoff.waitSeconds() > 0
    const lease = idle ? null : await takeLease(store.keyValue, 'revocations')
    if (!lease) return { revoked: 0, left: waiting.tokens() }
    let revoked = 0
    try {
      for (const id of waiting.due()) {
        // After a failure all wait, not the one alone: to a provider that is down we are one address for all users.
        if (closed || backoff.waitSeconds() > 0 || !(await lease.isHeld())) break
        revoked += await attempt(id)
      }
    } finally {
      // It runs out by itself if it can't be given back.
      await lease.release().catch(() => {})
    }
    return { revoked, left: waiting.tokens() }
  }

  function tellWaiting(): void {
    telemetry.measure?.({ name: 'revocations-waiting', tokens: waiting.tokens() })
  }

  /** @returns how many tokens were revoked */
  async function attempt(id: string): Promise<number> {
    const entry = await waiting.read(id)
    // Not there or not due any more: another instance was at it meanwhile.
    if (entry === null || entry.dueAt > clock.now()) return 0
    const { settled, rest, retryAfterSeconds } = await tryRevocation(parts, entry)
    if (rest === null) {
      backoff.succeeded()
      await waiting.remove(id)
    } else {
      backoff.failed(retryAfterSeconds)
      await waiting.change(id, rest)
    }
    for (const event of settled) telemetry.record(event)
    return settled.filter((event) => 'how' in event && event.how === 'revoked').length
  }

  /** @returns its name; null when it is not kept */
  async function enter(revocation: NewRevocation, inSeconds: number): Promise<string | null> {
    if (waiting.sessions() >= mostSessions) {
      telemetry.record({ name: 'revocations-overflow', waiting: waiting.sessions() })
      return null
    }
    const queuedAt = clock.now()
    const dueAt = queuedAt + inSeconds
    try {
      return await waiting.add({ ...revocation, v: 1, queuedAt, dueAt, tries: 0 })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return null
    }
  }

  const drain = () =>
    (draining ??= drainDue().finally(() => {
      draining = null
      tellWaiting()
    }))
  // While the store can't be reached the guard before it says so in the log.
  const timer = setInterval(() => void drain().catch(() => {}), drainEveryMilliseconds).unref()

  return {
    async add(revocation, retryAfterSeconds) {
      if ((await enter(revocation, waitSeconds(0, retryAfterSeconds))) === null) return false
      for (const { kind } of revocation.tokens) {
        telemetry.record({ name: 'revocation-queued', sid: revocation.sid, token: kind })
      }
      return true
    },
    async hold(revocation) {
      const id = await enter(revocation, holdSeconds)
      return id === null ? null : () => waiting.remove(id)
    },
    drain,
    async close() {
      closed = true
      clearInterval(timer)
      await draining?.catch(() => {})
    },
  }
}
