import type { StepUpDemand } from '../base/failure.ts'
import { wholeSeconds } from '../base/whole-seconds.ts'
import type { HeaderRecord } from './headers.ts'

/** No I/O. */

/** No honest challenge is as long; what is longer is not read. */
const longest = 4096

const token = "[!#$%&'*+.^_`|~\\dA-Za-z-]+"

/**
 * What stands between two commas: a scheme, a parameter, or a scheme with its first parameter or with what it has in the place
 * of parameters (RFC 9110 §11.2 to §11.4). No part of it can match what another part of it begins with, so it takes no longer
 * than the text is long.
 */
const item = new RegExp(
  `[ \\t,]*(?:(?<scheme>${token})(?=[ \\t]*(?:,|$)|[ \\t]+[^ \\t=,])[ \\t]*)?` +
    `(?:(?<name>${token})[ \\t]*=[ \\t]*(?:(?<plain>${token})|"(?<quoted>(?:[^"\\\\]|\\\\.)*)")|(?<opaque>[\\w.~+/-]+=*))?` +
    `[ \\t]*(?:,|$)`,
  'y',
)

interface Challenge {
  readonly scheme: string
  readonly parameters: Map<string, string>
}

/**
 * What an API demands of the sign-in when it answers `401` with `error="insufficient_user_authentication"`
 * ({@link https://www.rfc-editor.org/rfc/rfc9470#section-3 RFC 9470 §3}), or null for any other challenge. A header that can't
 * be read to its end, or that says a thing twice, says nothing. One that names neither `acr_values` nor `max_age` wants a
 * sign-in from now.
 */
export function stepUpChallenge({ 'www-authenticate': header }: HeaderRecord): StepUpDemand | null {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ')
  const found = challengesIn(text)?.find(
    ({ scheme, parameters }) =>
      /^(?:bearer|dpop)$/i.test(scheme) &&
      parameters.get('error') === 'insufficient_user_authentication',
  )
  return found === undefined ? null : demandOf(found.parameters)
}

function demandOf(parameters: ReadonlyMap<string, string>): StepUpDemand | null {
  const named = parameters.get('acr_values') ?? ''
  const seconds = parameters.get('max_age')
  const maxAgeSeconds = wholeSeconds(seconds)
  const isReadable = /^[\x20-\x7e]{0,500}$/.test(named)
  if (!isReadable || (seconds !== undefined && maxAgeSeconds === null)) return null
  const acrValues = named.split(' ').filter((value) => value !== '')
  const saysNothing = acrValues.length === 0 && maxAgeSeconds === null
  return { acrValues, maxAgeSeconds: saysNothing ? 0 : maxAgeSeconds }
}

/** null for what is none, is too long, or names a parameter twice (RFC 9110 §11.2). */
function challengesIn(text: string): readonly Challenge[] | null {
  if (text.length > longest) return null
  const challenges: Challenge[] = []
  item.lastIndex = 0
  while (item.lastIndex < text.length) {
    const { scheme, name, plain, quoted } = item.exec(text)?.groups ?? {}
    if (item.lastIndex === 0) return null
    if (scheme !== undefined) challenges.push({ scheme, parameters: new Map() })
    if (name === undefined) continue
    const parameters = challenges.at(-1)?.parameters
    const key = name.toLowerCase()
    if (parameters === undefined || parameters.has(key)) return null
    parameters.set(key, plain ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
  }
  return challenges
}
