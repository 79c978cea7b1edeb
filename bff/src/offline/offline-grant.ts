import * as z from 'zod'
import { digest } from '../base/digest.ts'
import { dpopKeySchema } from '../base/dpop-key.ts'
import { narrowTokenSchema, tokenSetSchema, type NarrowToken } from '../provider/token-set.ts'

/** No I/O. No clock: `now` is passed in. */

/** What the app may ask a user for, as it is configured: the consent that a job needs to act while the user is away. */
export interface GrantDefinition {
  readonly name: string
  readonly title: string
  readonly sentence: string
  readonly scopes: readonly string[]
  readonly resource: string | null
  /** How long a grant lasts at most, from the moment the user has connected it. */
  readonly longestSeconds: number
  readonly authorizeParameters: Readonly<Record<string, string>>
}

/** Whose grant, and which. */
export interface GrantOwner {
  readonly sub: string
  readonly grant: string
}

/**
 * Why a grant is of no use any more: the provider took it back, its answer to a refresh was lost on the way, or what it
 * gave could not be trusted.
 */
export const brokenReasonSchema = z.enum(['refused', 'answer-lost', 'untrusted', 'step-up'])

export type BrokenReason = z.infer<typeof brokenReasonSchema>

/** A user's consent, with the tokens that came of it. Instants are whole seconds since the epoch. */
export const offlineGrantSchema = z.object({
  v: z.literal(1),
  sub: z.string(),
  grant: z.string(),
  /** In which words the user was asked: still told when it is not in the configuration any more. */
  asked: z.object({ title: z.string(), sentence: z.string() }).nullable().default(null),
  /** Names this consent: connecting anew makes another, and what was begun under the earlier one ends. */
  connection: z.string(),
  connectedAt: z.int(),
  expiresAt: z.int(),
  /** Counts the refresh tokens of this consent. */
  generation: z.int().nonnegative(),
  /** Null when it is broken. */
  refreshToken: tokenSetSchema.shape.refreshToken,
  /** What its access tokens are bound to, where they are: each newer one, too (RFC 9449 §5). */
  dpopKey: dpopKeySchema.optional(),
  /** The newest access token, for whoever needs one while it lives. */
  token: narrowTokenSchema.nullable(),
  /** What the user was asked for, and what is granted now: they may leave something out, and a provider may give less at a refresh. */
  consentedScopes: z.array(z.string()).readonly(),
  scopes: z.array(z.string()).readonly(),
  reducedAt: z.int().nullable(),
  /** Written before the refresh token is sent, taken away with the answer: whoever finds it knows that it may be spent. */
  spending: z
    .object({
      attempt: z.string(),
      since: z.int(),
      /** It may have been spent before this attempt: the answer of an earlier one was lost. */
      doubtful: z.boolean().default(false),
    })
    .nullable(),
  broken: z.object({ at: z.int(), reason: brokenReasonSchema }).nullable(),
})

export type OfflineGrant = Readonly<z.infer<typeof offlineGrantSchema>>

/** A grant that is over is still told of for so long, and what was done with it. */
export const toldOfSeconds = 30 * 86_400

export type GrantState = 'connected' | 'broken' | 'expired'

export function stateOf(grant: OfflineGrant, now: number): GrantState {
  if (grant.broken !== null) return 'broken'
  return now < grant.expiresAt ? 'connected' : 'expired'
}

/** The scopes that were asked for and are not granted, or no longer. */
export function missingScopes({ consentedScopes, scopes }: OfflineGrant): readonly string[] {
  return consentedScopes.filter((scope) => !scopes.includes(scope))
}

/** What a run may use: an access token, and under which consent it was given. */
export interface GrantToken extends NarrowToken {
  readonly connection: string
  readonly scopes: readonly string[]
  /** Asked for, and not granted, or no longer. */
  readonly missingScopes: readonly string[]
}

/** Where a user's grant lies in the store. The user's name is not to be read in it. */
export function grantKey({ sub, grant }: GrantOwner): string {
  return `grant/${digest(sub)}/${grant}`
}
