import type { Telemetry } from '../observability/telemetry.ts'
import type { EndedAtProvider } from '../provider/provider.ts'
import type { EndedSessions, Reach } from '../session/ended-sessions.ts'
import type { ProviderSessions } from '../session/provider-sessions.ts'
import type { SessionIndex } from '../session/session-index.ts'

export interface EndAtProviderParts {
  readonly ended: EndedSessions
  readonly index: SessionIndex
  readonly providerSessions: ProviderSessions
  readonly telemetry: Telemetry
}

/**
 * Ends what the provider says is over. The tokens lie in the browsers' cookies, so they are revoked when those show up; what
 * a user granted for the time when they are away is a grant of its own, and stays (Back-Channel Logout §2.7).
 */
export async function endAtProvider(
  parts: EndAtProviderParts,
  whose: EndedAtProvider,
  channel: 'back' | 'front',
  beforeMilliseconds?: number,
): Promise<Reach> {
  const { ended } = parts
  const end = 'signed-out-at-provider'
  const reach =
    whose.providerSid === null
      ? await ended.endAllOf(whose.sub, end, beforeMilliseconds)
      : await ended.endProviderSession(whose.providerSid, end, beforeMilliseconds)
  // The list is only what the user is shown: without it the sessions are over all the same.
  await dropFromList(parts, whose).catch(() => {})
  const scope = whose.providerSid === null ? 'user' : 'session'
  parts.telemetry.record({ name: 'signed-out-at-provider', channel, scope, reach })
  return reach
}

async function dropFromList(
  { index, providerSessions }: EndAtProviderParts,
  { providerSid, sub }: EndedAtProvider,
): Promise<void> {
  if (providerSid === null) return index.clear(sub)
  const user = sub ?? (await providerSessions.userOf(providerSid))
  if (user !== null) await index.removeOfProvider(user, providerSid)
  await providerSessions.forget(providerSid)
}
