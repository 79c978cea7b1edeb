import { routes } from '@strongroom/client'
import type { Context, MiddlewareHandler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import type { Telemetry } from '../observability/telemetry.ts'
import { signedOutPrefix, type SignedOutStates } from './signed-out-states.ts'

export interface SignedOutReturnParts {
  readonly signedOutStates: SignedOutStates
  readonly telemetry: Telemetry
}

/**
 * `GET /` with the `state` of a sign-out: the browser is back from the provider (RP-Initiated Logout §2) and goes on to where
 * the sign-out was to end, with a clean address. Without one, or with the app's own, the page answers as ever.
 */
export function signedOutReturn({
  signedOutStates,
  telemetry,
}: SignedOutReturnParts): MiddlewareHandler<{ Variables: RequestIdVariables }> {
  return async function signedOutReturn(c, next) {
    if (!isSignedOutReturn(c)) return next()
    const returnTo = signedOutStates.open(c.req.query('state') ?? '')
    if (returnTo === null) {
      telemetry.record({ name: 'sign-out-answer-unknown', requestId: c.var.requestId })
    }
    c.header('Cache-Control', 'no-store')
    return c.redirect(returnTo ?? routes.home, 303)
  }
}

/** Whether a request comes from the provider after a sign-out; any other `GET /` is the app's. */
export function isSignedOutReturn({ req }: Context): boolean {
  return req.path === routes.home && req.query('state')?.startsWith(signedOutPrefix) === true
}
