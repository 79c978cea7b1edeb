import { setTimeout as pause } from 'node:timers/promises'
import { digest } from '../base/digest.ts'
import type { Sealer } from '../base/sealer.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import { isSameAccessToken } from '../provider/token-set.ts'
import { boundedCache } from '../base/bounded-cache.ts'
import { sessionSchema, type Session, type SessionLimits } from '../session/session.ts'

/** What became of a session after its refresh token was spent. */
export interface Successors {
  /**
   * Makes the renewed session findable for whoever still comes with the spent one.
   *
   * @returns the one that is findable now: the first that was published, should two have renewed the same session
   */
  publish(spent: Session, renewed: Session): Promise<Session>
  /**
   * The browser has this generation: from now on the one before it is only waited for as long as a call may come late.
   * Nobody waits for it, and each generation is told once.
   */
  acknowledge(session: Session): void
  /** The newest generation that is known of this session: itself, if none came after it. */
  newest(session: Session): Promise<Session>
  /** Whether this generation was renewed, however long ago: its refresh token must not be spent again. */
  isSpent(session: Session): Promise<boolean>
}

const rememberedAcknowledgements = 10_000

/** How a store that was not there is asked again: for ten minutes. */
const tryAgainMilliseconds = 500
const mostTries = 1200

export interface SuccessorsParts {
  readonly keyValue: KeyValue
  readonly sealer: Sealer
  readonly replaySeconds: number
  readonly limits: SessionLimits
}

/**
 * Keeps each renewed session under a hash of the refresh token that was spent for it: until the browser comes with it, as
 * nobody knows before that its cookie has arrived, and then for as long as another call may still be on its way.
 *
 * A late request still carries the old cookie, so the old refresh token. Without this it would be spent again, and a
 * provider that rotates takes that for theft and revokes the whole family (RFC 9700 §4.14.2).
 */
export function successors({
  keyValue,
  sealer,
  replaySeconds,
  limits,
}: SuccessorsParts): Successors {
  const acknowledged = boundedCache<true>(rememberedAcknowledgements)
  /** What the store has not taken yet. The old token is spent, so this is all there is of the session. */
  const unpublished = new Map<string, Session>()

  async function find(session: Session): Promise<Session | null> {
    if (session.tokens.refreshToken === null) return null
    const key = keyOf(session)
    const own = unpublished.get(key)
    if (own) return own
    const parsed = sessionSchema.safeParse(sealer.open((await keyValue.get(key)) ?? '', key))
    return parsed.success ? parsed.data : null
  }

  async function put(spent: Session, published: Session): Promise<Session> {
    const key = keyOf(spent)
    const sealed = sealer.seal(published, key)
    const first = await keyValue.replace(key, null, sealed, lifeSeconds(spent, published))
    const latest = latestKeyOf(spent)
    await keyValue.set(latest, sealer.seal(published.generation, latest), limits.maxSeconds)
    unpublished.delete(key)
    return first ? published : ((await find(spent)) ?? published)
  }

  /** Until the store takes it; here it is found meanwhile. */
  async function putLater(spent: Session, published: Session): Promise<void> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      await pause(tryAgainMilliseconds, undefined, { ref: false })
      const done = await put(spent, published).catch(() => null)
      if (done !== null) return
    }
    unpublished.delete(keyOf(spent))
  }

  /** As long as a browser may come with the spent one: from its last call, which needs no look here while its token is valid. */
  function lifeSeconds(spent: Session, published: Session): number {
    const { tokens } = published
    const life = keepsAccessToken(spent, published) ? tokens.expiresAt - tokens.issuedAt : 0
    return limits.idleSeconds + life
  }

  async function shorten(key: string): Promise<void> {
    const sealed = await keyValue.get(key)
    if (sealed !== null) await keyValue.replace(key, sealed, sealed, replaySeconds)
  }

  return {
    async publish(spent, renewed) {
      const publishedAt = keepsAccessToken(spent, renewed) ? null : keyOf(spent)
      const published = { ...renewed, publishedAt }
      unpublished.set(keyOf(spent), published)
      try {
        return await put(spent, published)
      } catch (error) {
        void putLater(spent, published)
        throw error
      }
    },
    acknowledge({ publishedAt }) {
      if (publishedAt === null || acknowledged.get(publishedAt)) return
      acknowledged.set(publishedAt, true)
      shorten(publishedAt).catch(() => {})
    },
    async newest(session) {
      let newest = session
      for (;;) {
        const next = await find(newest).catch((error: unknown) => {
          // What is known here serves though the store can't be asked for more.
          if (newest === session) throw error
          return null
        })
        if (next === null) return newest
        newest = next
      }
    },
    async isSpent(session) {
      const key = latestKeyOf(session)
      const latest = sealer.open((await keyValue.get(key)) ?? '', key)
      return typeof latest === 'number' && latest > session.generation
    },
  }
}

/** Spent for a token of narrower use: with the cookie from before, calls go on for as long as this token lives. */
function keepsAccessToken(spent: Session, renewed: Session): boolean {
  return isSameAccessToken(spent.tokens, renewed.tokens)
}

/** One small value a session, which outlives the replay window. */
function latestKeyOf({ sid }: Session): string {
  return `generation/${sid}`
}

/** With the generation, since a provider that does not rotate gives each the same refresh token. */
function keyOf({ generation, tokens }: Session): string {
  return `successor/${digest(tokens.refreshToken ?? '')}/${generation}`
}
