import type { Clock } from '../base/clock.ts'
import type { Telemetry } from '../observability/telemetry.ts'

/** Tells one session that is refused from many that are refused at once. */
export interface RefusalWatch {
  /** @returns whether so many sessions are being refused that it can't be about any one of them */
  areEnMasse(sid: string, providerCode: string): boolean
  /** A refresh succeeded: the provider accepts us. */
  granted(): void
}

const sessionsEnMasse = 3
const withinSeconds = 60

/**
 * A client whose secret has run out or whose registration was changed is refused by some providers with
 * `invalid_request` or an empty 400, the same words that others have for a spent token. One by one these end sessions;
 * three within a minute and no refresh granted between them mean ourselves.
 */
export function refusalWatch(clock: Clock, telemetry: Telemetry): RefusalWatch {
  const refusedAt = new Map<string, number>()
  return {
    areEnMasse(sid, providerCode) {
      const now = clock.now()
      refusedAt.set(sid, now)
      for (const [known, at] of refusedAt) if (at < now - withinSeconds) refusedAt.delete(known)
      const enMasse = refusedAt.size >= sessionsEnMasse
      if (enMasse) {
        telemetry.record({ name: 'refusals-en-masse', sessions: refusedAt.size, providerCode })
      }
      return enMasse
    },
    granted: () => refusedAt.clear(),
  }
}
