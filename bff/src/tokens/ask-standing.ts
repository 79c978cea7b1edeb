import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { digest } from '../base/digest.ts'
import { describeProviderFailure } from '../base/provider-trouble.ts'
import type { Sealer } from '../base/sealer.ts'
import { within } from '../base/within.ts'
import { inTurn } from '../keyvalue/in-turn.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { IdentityProvider, TokenStanding } from '../provider/provider.ts'
import type { Session } from '../session/session.ts'
import { providerBackoff } from './provider-backoff.ts'
import { singleFlight } from './single-flight.ts'

/** What is known of a token, and since when. `unavailable`: the provider did not say, so nothing is known. */
export type Standing = (TokenStanding | { readonly state: 'unavailable' }) & {
  /** Seconds since the epoch. */
  readonly askedAt: number
}

/** Asks the provider of an access token: once for all who want to know at the same time, and not while it is in trouble. */
export interface AskStanding {
  /** Asks now. */
  now(session: Session): Promise<Standing>
  /** The same, but an answer to another instance will do that is not older than `goodForSeconds`. */
  shared(session: Session, goodForSeconds: number): Promise<Standing>
  /** Waits for what is under way, before a stop. */
  settled(): Promise<void>
}

export interface AskStandingParts {
  readonly provider: Pick<IdentityProvider, 'introspect'>
  readonly keyValue: KeyValue
  readonly sealer: Sealer
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** How long a call waits. What is under way goes on, and the next call finds what it brought. */
const patienceSeconds = 3

/** Longer in all than the provider is waited for. */
const mostLooks = 100

const sharedSchema = z.object({ askedAt: z.int(), expiresAt: z.number().nullable().default(null) })

export function askStanding(parts: AskStandingParts): AskStanding {
  const { provider, keyValue, sealer, clock, telemetry } = parts
  const flight = singleFlight<Standing>()
  const backoff = providerBackoff(clock, 'provider-introspection', telemetry)

  const unavailable = (): Standing => ({ state: 'unavailable', askedAt: clock.now() })

  async function ask({ sid, sub, tokens }: Session): Promise<Standing> {
    if (backoff.waitSeconds() > 0) return unavailable()
    const asked = await provider.introspect(tokens, sub)
    if (asked.ok) {
      backoff.succeeded()
      return { ...asked.value, askedAt: clock.now() }
    }
    const { error } = asked
    backoff.failed(error.kind === 'provider-unreachable' ? error.retryAfterSeconds : null)
    const detail = describeProviderFailure(error)
    telemetry.record({ name: 'token-check-failed', sid, kind: error.kind, detail })
    return unavailable()
  }

  /** One at a time among the instances, by a lease; without the store each asks for itself. */
  async function askInTurn(session: Session, goodForSeconds: number): Promise<Standing> {
    const key = keyOf(session)
    if (backoff.waitSeconds() > 0) return unavailable()
    const look = async (isOurs: boolean) => {
      const found = await find(key)
      if (found !== null && clock.now() < goodBefore(found, goodForSeconds)) return found
      return isOurs ? askAndTell(session, key, goodForSeconds) : null
    }
    const standing = await inTurn(keyValue, key, look, { mostLooks, evenWithoutStore: true })
    return standing ?? unavailable()
  }

  async function find(key: string): Promise<Standing | null> {
    const sealed = await keyValue.get(key).catch(() => null)
    const parsed = sharedSchema.safeParse(sealer.open(sealed ?? '', key))
    return parsed.success ? { state: 'active', claims: null, ...parsed.data } : null
  }

  /** What is not good is told to the others as the end of its session. */
  async function askAndTell(
    session: Session,
    key: string,
    goodForSeconds: number,
  ): Promise<Standing> {
    const standing = await ask(session)
    if (standing.state !== 'active') return standing
    const { askedAt, expiresAt } = standing
    const endsAt = Math.min(session.tokens.expiresAt, goodBefore(standing, goodForSeconds))
    const ttlSeconds = Math.floor(endsAt - clock.now())
    if (ttlSeconds > 0)
      await keyValue.set(key, sealer.seal({ askedAt, expiresAt }, key), ttlSeconds).catch(() => {})
    return standing
  }

  return {
    now: (session) =>
      within(
        patienceSeconds,
        flight.run(`now/${keyOf(session)}`, () => ask(session)),
        unavailable(),
      ),
    shared: (session, goodForSeconds) =>
      within(
        patienceSeconds,
        flight.run(keyOf(session), () => askInTurn(session, goodForSeconds)),
        unavailable(),
      ),
    settled: flight.settled,
  }
}

/** An answer is good for so long, and never longer than the token by its own word (RFC 7662 §4). */
export function goodBefore(standing: Standing, goodForSeconds: number): number {
  const expiresAt = standing.state === 'active' ? standing.expiresAt : null
  return Math.min(standing.askedAt + goodForSeconds, expiresAt ?? Infinity)
}

function keyOf({ tokens }: Session): string {
  return `token-check/${digest(tokens.accessToken)}`
}
