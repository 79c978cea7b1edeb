import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { chosenClaims, defaultClaims } from '../base/claims.ts'
import type { SessionEnd } from '../base/failure.ts'
import { tokenSetSchema, type IdentityClaims, type TokenSet } from '../provider/token-set.ts'

/** No I/O. No clock: `now` is passed in. */

/** What is sealed for one signed-in browser. Instants are whole seconds since the epoch. */
export const sessionSchema = z.object({
  v: z.literal(1),
  purpose: z.literal('session'),
  /** Our name for the session: random, new at each sign-in, the same through all its generations. */
  sid: z.string().min(16),
  /** Goes up by one with each refresh: of two cookies of one session, the higher is the newer. */
  generation: z.int().nonnegative(),
  startedAt: z.int(),
  /** The same in milliseconds: an end of all sessions from before a moment must spare the one that begins right after it. */
  startedAtMilliseconds: z.int(),
  /** Where this generation was published for those that come with the one before it; null for the first. */
  publishedAt: z.string().nullable(),
  /** When the user last did something, as far as the cookie was written since. */
  touchedAt: z.int(),
  sub: z.string().min(1),
  claims: z.record(z.string(), z.unknown()),
  /** The provider's name for its own session. */
  providerSid: z.string().nullable(),
  authTime: z.number().nullable(),
  /** How the user signed in, in the provider's words. Kept only where a row of upstreams asks for it. */
  acr: z.string().optional(),
  tokens: tokenSetSchema,
  /** How many sign-ins of this browser came hard on each other's heels before this one: a loop, if it goes on. */
  rounds: z.int().nonnegative().default(0),
})

export type Session = Readonly<z.infer<typeof sessionSchema>>

export interface SessionLimits {
  readonly idleSeconds: number
  readonly maxSeconds: number
}

/** @param keptClaims  that the page may see, and that a session has room for */
export function startSession(
  tokens: TokenSet,
  identity: IdentityClaims,
  milliseconds: number,
  {
    rounds = 0,
    keptClaims = defaultClaims,
    keepsAcr = false,
  }: {
    readonly rounds?: number
    readonly keptClaims?: readonly string[]
    readonly keepsAcr?: boolean
  } = {},
): Session {
  const now = Math.floor(milliseconds / 1000)
  return {
    v: 1,
    purpose: 'session',
    sid: randomBytes(16).toString('base64url'),
    generation: 0,
    publishedAt: null,
    startedAt: now,
    startedAtMilliseconds: milliseconds,
    touchedAt: now,
    sub: identity.sub,
    claims: chosenClaims(identity.all, keptClaims),
    providerSid: identity.sid,
    authTime: identity.authTime,
    ...(keepsAcr && typeof identity.all['acr'] === 'string' && { acr: identity.all['acr'] }),
    tokens,
    rounds,
  }
}

/** The same session with what is told of the user now. What is told no more stays: it may have come with the ID token alone. */
export function withClaims(
  session: Session,
  told: Readonly<Record<string, unknown>>,
  keptClaims: readonly string[],
): Session {
  return { ...session, claims: { ...session.claims, ...chosenClaims(told, keptClaims) } }
}

/** The same session, one generation on. */
export function withTokens(session: Session, tokens: TokenSet): Session {
  return { ...session, generation: session.generation + 1, tokens }
}

export function isTokenValid({ tokens }: Session, now: number): boolean {
  return now < tokens.expiresAt
}

export function expiresAt(session: Session, limits: SessionLimits): number {
  const absolute = session.startedAt + limits.maxSeconds
  // Nothing can renew this one, and a session without a usable token is of no use.
  return session.tokens.refreshToken === null
    ? Math.min(absolute, session.tokens.expiresAt)
    : absolute
}

export function idleExpiresAt(session: Session, limits: SessionLimits): number {
  return Math.min(session.touchedAt + limits.idleSeconds, expiresAt(session, limits))
}

/** Why the session is over by the clock, or null while it is not. */
export function overBecause(
  session: Session,
  limits: SessionLimits,
  now: number,
): SessionEnd | null {
  if (now >= session.startedAt + limits.maxSeconds) return 'absolute'
  if (now >= session.touchedAt + limits.idleSeconds) return 'idle'
  return now >= expiresAt(session, limits) ? 'token-expired' : null
}

/** Whether the cookie should be written again so that it knows of the user's activity: at most every tenth of the idle time. */
export function isTouchDue(session: Session, limits: SessionLimits, now: number): boolean {
  return now >= session.touchedAt + limits.idleSeconds / 10
}
