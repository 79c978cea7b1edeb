import * as z from 'zod/mini'
import { revocationSchema } from './revocation.ts'

export * from './grants.ts'
export type { Revocation } from './revocation.ts'

/** Whole seconds since the epoch, by the server's clock (the answer's `Date` header tells it). */
const instant = z.number()

const userSchema = z.looseObject({
  sub: z.string(),
  name: z.optional(z.string()),
  preferred_username: z.optional(z.string()),
  email: z.optional(z.string()),
  email_verified: z.optional(z.boolean()),
  picture: z.optional(z.string()),
})

/** What the provider said of the access token when it was asked on demand, with `GET /auth/session?check=provider`. */
const providerCheckSchema = z.object({
  /**
   * `inactive`: it was revoked, so the session has ended. `unavailable`: the provider did not say. `unsupported`: it has
   * nobody to ask.
   */
  state: z.enum(['active', 'inactive', 'unavailable', 'unsupported']),
  askedAt: instant,
})

export type ProviderCheck = z.infer<typeof providerCheckSchema>

/** What `GET /auth/session` answers. No token, nor part of one, is ever in it. */
export const sessionViewSchema = z.discriminatedUnion('authenticated', [
  z.object({ authenticated: z.literal(false), check: z.optional(providerCheckSchema) }),
  z.object({
    authenticated: z.literal(true),
    /** Claims of the ID token that the app asked for. */
    user: userSchema,
    session: z.object({
      /** `degraded`: the access token has expired and the provider can't be reached to renew it. */
      state: z.enum(['active', 'degraded']),
      /** Names the user and nobody else, to this app alone. To be sent along as `X-Session-Owner`. */
      owner: z.string(),
      startedAt: instant,
      /** When it ends whatever the user does. */
      expiresAt: instant,
      /** When it ends if the user does nothing more. */
      idleExpiresAt: instant,
      /** How long the user may do nothing. */
      idleSeconds: z.number(),
      /** When the user last proved who they are, if the provider said so. */
      authTime: z.optional(instant),
    }),
    token: z.object({
      issuedAt: instant,
      expiresAt: instant,
      /** Whether a refresh token is there to renew it with. Without one the session ends with the token. */
      refreshable: z.boolean(),
      /** From here on the next API call renews it, in the background while it is still valid. */
      refreshDueAt: instant,
      /** How many times this session has been renewed. */
      refreshCount: z.number(),
      scopes: z.array(z.string()),
    }),
    /**
     * Offline grants, by name, that the user has to connect again. Ask once, without blocking what they came for. Only there
     * when there are any.
     */
    brokenGrants: z.optional(z.array(z.string())),
    check: z.optional(providerCheckSchema),
  }),
])

export type SessionView = z.infer<typeof sessionViewSchema>

export type SignedInView = Extract<SessionView, { authenticated: true }>

/** What `GET /auth/sessions` answers: the one used last comes first. */
export const sessionListSchema = z.object({
  sessions: z.array(
    z.object({
      id: z.string(),
      /** The one that asks. */
      current: z.boolean(),
      startedAt: instant,
      seenAt: instant,
      browser: z.nullable(z.string()),
      device: z.nullable(z.string()),
      /** Roughly: the network it was last used from. */
      address: z.nullable(z.string()),
    }),
  ),
})

export type SessionList = z.infer<typeof sessionListSchema>

/** What `POST /auth/logout` answers. */
export const logoutAnswerSchema = z.object({
  /** Where to navigate next: the provider's sign-out page, or a path of this app. */
  location: z.string(),
  receipt: z.object({
    /**
     * The session here: `ended`, or `none` when nobody was signed in. `ended-here`: other instances will hear of it as soon
     * as the store can be reached.
     */
    session: z.enum(['ended', 'ended-here', 'none']),
    refreshToken: revocationSchema,
    accessToken: revocationSchema,
    /** When the access token expires by itself, if it could not be revoked yet. */
    accessTokenExpiresAt: z.optional(instant),
    /** Whether `location` leads to the provider's own sign-out. */
    providerSession: z.enum(['continue-at-location', 'unsupported']),
  }),
})

export type LogoutAnswer = z.infer<typeof logoutAnswerSchema>

export type LogoutReceipt = LogoutAnswer['receipt']
