import * as z from 'zod'
import { dpopKeySchema } from '../base/dpop-key.ts'
import {
  attemptCookies,
  type AttemptCookies,
  type AttemptCookiesParts,
} from '../session/attempt-cookies.ts'
import { connectCookiePrefix } from '../session/cookie-jar.ts'
import type { EndableSession } from '../session/ended-sessions.ts'

const attemptSchema = z.object({
  v: z.literal(1),
  purpose: z.literal('connect'),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  dpopKey: dpopKeySchema.optional(),
  startedAt: z.int(),
  startedAtMilliseconds: z.int(),
  returnTo: z.string(),
  grant: z.string(),
  /** Who began it, since the browser withholds the session when it comes back from the provider. */
  session: z.object({
    sid: z.string(),
    sub: z.string(),
    providerSid: z.string().nullable(),
    startedAtMilliseconds: z.int(),
  }),
})

/** One attempt of a signed-in user to connect a grant, from the redirect to the provider until the browser comes back. */
export type ConnectAttempt = Readonly<z.infer<typeof attemptSchema>>

export interface ConnectAttempts extends Omit<AttemptCookies<ConnectAttempt>, 'begin'> {
  begin(wish: ConnectWish): ConnectAttempt
}

export interface ConnectWish {
  readonly grant: string
  readonly returnTo: string
  readonly session: EndableSession
}

/** In cookies of their own, sealed for a purpose of their own: an answer to a sign-in connects nothing, and the reverse. */
export function connectAttempts(parts: AttemptCookiesParts): ConnectAttempts {
  const { begin, ...rest } = attemptCookies(parts, {
    purpose: 'connect',
    cookiePrefix: connectCookiePrefix,
    schema: attemptSchema,
  })
  return {
    begin({ grant, returnTo, session }) {
      const { sid, sub, providerSid, startedAtMilliseconds } = session
      return {
        v: 1,
        purpose: 'connect',
        ...begin(),
        grant,
        returnTo,
        session: { sid, sub, providerSid, startedAtMilliseconds },
      }
    },
    ...rest,
  }
}
