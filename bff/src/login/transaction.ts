import * as z from 'zod'
import { dpopKeySchema } from '../base/dpop-key.ts'
import {
  attemptCookies,
  type AttemptCookies,
  type AttemptCookiesParts,
} from '../session/attempt-cookies.ts'
import { loginCookiePrefix } from '../session/cookie-jar.ts'

const transactionSchema = z.object({
  v: z.literal(1),
  purpose: z.literal('login'),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  dpopKey: dpopKeySchema.optional(),
  returnTo: z.string(),
  maxAgeSeconds: z.int().nullable(),
  acrValues: z.array(z.string()).readonly(),
  startedAt: z.int(),
  startedAtMilliseconds: z.int().optional(),
  rounds: z.int().nonnegative().default(0),
  /** Nobody was to be asked (`prompt=none`), so nobody is shown a page when that does not do. `told`: the app wants to know. */
  silent: z.enum(['quiet', 'told']).optional(),
})

/** One sign-in attempt of one tab, from the redirect to the provider until it comes back. */
export type Transaction = Readonly<z.infer<typeof transactionSchema>>

/** What is wanted of an attempt. */
export type SignInWish = Pick<
  Transaction,
  'returnTo' | 'maxAgeSeconds' | 'acrValues' | 'rounds' | 'silent'
>

export interface Transactions extends Pick<AttemptCookies<Transaction>, 'keep' | 'close'> {
  begin(wish: SignInWish): Transaction
}

export function transactions(parts: AttemptCookiesParts): Transactions {
  const { begin, keep, close } = attemptCookies(parts, {
    purpose: 'login',
    cookiePrefix: loginCookiePrefix,
    schema: transactionSchema,
  })
  return { begin: (wish) => ({ v: 1, purpose: 'login', ...begin(), ...wish }), keep, close }
}
