import type { MiddlewareHandler } from 'hono'
import type { Clock } from '../base/clock.ts'
import { Refusal, type StepUpDemand } from '../base/failure.ts'
import { toleranceSeconds } from '../base/tolerance-seconds.ts'
import { liveSession, type SessionVariables } from './load-session.ts'
import type { Session } from './session.ts'

/** Lets in who has signed in as strongly and as lately as this demands; anybody else is asked to, and nothing is sent. */
export function strongSignIn(
  demand: StepUpDemand,
  clock: Clock,
): MiddlewareHandler<{ Variables: SessionVariables }> {
  return async function strongSignIn(c, next) {
    if (!satisfies(liveSession(c.get('lookup')), demand, clock.now()))
      throw new Refusal({ kind: 'step-up-required', ...demand })
    return next()
  }
}

/** What the provider did not say of a sign-in counts as not being so. */
function satisfies(
  { acr, authTime }: Session,
  { acrValues, maxAgeSeconds }: StepUpDemand,
  now: number,
): boolean {
  const isStrong = acrValues.length === 0 || (acr !== undefined && acrValues.includes(acr))
  const isFresh =
    maxAgeSeconds === null ||
    (authTime !== null && now - authTime <= maxAgeSeconds + toleranceSeconds)
  return isStrong && isFresh
}
