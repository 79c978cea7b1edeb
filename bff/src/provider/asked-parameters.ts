import { wholeSeconds } from '../base/whole-seconds.ts'
import type { AuthorizationChecks } from './provider.ts'

/** No I/O. */

type Parameters = Readonly<Record<string, string>>

/**
 * What is asked of the provider beyond the protocol itself. A link may ask for what it likes, but not for less than the
 * operator demands: anybody can write a link, and one who has stolen a password would leave out the second factor.
 */
export function askedParameters(configured: Parameters, link: Parameters): Parameters {
  const { acr_values: acrValues, prompt } = configured
  const maxAge = [configured['max_age'], link['max_age']]
    .map(wholeSeconds)
    .filter((seconds) => seconds !== null)
  return {
    ...configured,
    ...link,
    ...(acrValues === undefined ? {} : { acr_values: amongThese(acrValues, link['acr_values']) }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge.length === 0 ? {} : { max_age: String(Math.min(...maxAge)) }),
  }
}

/** Of several that the operator takes a link may choose, such as the stronger one for a step-up. */
function amongThese(demanded: string, asked: string | undefined): string {
  const known = acrValuesIn(demanded)
  const chosen = acrValuesIn(asked).filter((value) => known.includes(value))
  return chosen.length === 0 ? demanded : chosen.join(' ')
}

/**
 * Which of several APIs the session's own access token is for: to be said whenever it is asked for, once the sign-in has named
 * others, or it might be good for all of them (RFC 8707 §2.2).
 */
export function ownResource(settings: {
  readonly authorizeParameters: Parameters
  readonly resources: readonly string[]
}): Record<string, string> {
  const { resource } = settings.authorizeParameters
  return resource === undefined || settings.resources.length === 0 ? {} : { resource }
}

/** The same as checks: what was asked by link or by configuration must be seen in the answer. */
export function askedChecks(configured: Parameters, checks: AuthorizationChecks) {
  const asked = askedParameters(configured, {
    ...(checks.maxAgeSeconds === null ? {} : { max_age: String(checks.maxAgeSeconds) }),
    ...(checks.acrValues.length === 0 ? {} : { acr_values: checks.acrValues.join(' ') }),
  })
  return {
    startedAt: checks.startedAt,
    maxAgeSeconds: wholeSeconds(asked['max_age']),
    acrValues: acrValuesIn(asked['acr_values']),
  }
}

function acrValuesIn(value = ''): readonly string[] {
  return value.split(' ').filter((item) => item !== '')
}
