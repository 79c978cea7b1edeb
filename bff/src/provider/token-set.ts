import * as z from 'zod'
import { dpopKeySchema } from '../base/dpop-key.ts'

export type AccessToken = string & z.BRAND<'access-token'>
export type RefreshToken = string & z.BRAND<'refresh-token'>
export type IdToken = string & z.BRAND<'id-token'>

/** The tokens of one grant as the provider gave them last. Instants are whole seconds since the epoch. */
export const tokenSetSchema = z.object({
  // What could not stand in an `Authorization` header would make every call fail (RFC 6750 §2.1).
  accessToken: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .brand<'access-token'>(),
  refreshToken: z.string().min(1).brand<'refresh-token'>().nullable(),
  idToken: z.string().min(1).brand<'id-token'>().nullable(),
  issuedAt: z.int(),
  expiresAt: z.int(),
  scopes: z.array(z.string()).readonly(),
  /** What the access token is bound to (RFC 9449). A bearer token has none. */
  dpopKey: dpopKeySchema.optional(),
})

export type TokenSet = Readonly<z.infer<typeof tokenSetSchema>>

/** An access token alone, and how long it lives. */
export const narrowTokenSchema = tokenSetSchema.pick({
  accessToken: true,
  issuedAt: true,
  expiresAt: true,
  dpopKey: true,
})

export type NarrowToken = Readonly<z.infer<typeof narrowTokenSchema>>

/** Of a set of tokens the access token alone. */
export function narrowTokenOf(tokens: NarrowToken): NarrowToken {
  const { accessToken, dpopKey, expiresAt, issuedAt } = tokens
  return { accessToken, issuedAt, expiresAt, ...(dpopKey !== undefined && { dpopKey }) }
}

/** The claims of a verified ID token, as far as we name them. */
export interface IdentityClaims {
  readonly sub: string
  /** The provider's name for its own session, named in back-channel logout. */
  readonly sid: string | null
  readonly authTime: number | null
  /** All claims, as the provider sent them, in the ID token or in userinfo. */
  readonly all: Readonly<Record<string, unknown>>
}

/** Whether it is still the same access token: some providers give it again at a refresh, with another life. */
export function isSameAccessToken(one: NarrowToken, other: NarrowToken): boolean {
  return one.accessToken === other.accessToken && one.issuedAt === other.issuedAt
}

/** Seconds before its end at which an access token is renewed, for tokens that live long enough. */
const leewaySeconds = 60

/**
 * From when on the access token is to be renewed: a minute before its end, or at two thirds of a short life, so that
 * a token of one minute is not due the moment it is issued.
 */
export function refreshDueAt(tokens: Pick<TokenSet, 'issuedAt' | 'expiresAt'>): number {
  const lifeSeconds = tokens.expiresAt - tokens.issuedAt
  return tokens.expiresAt - Math.min(leewaySeconds, Math.floor(lifeSeconds / 3))
}
