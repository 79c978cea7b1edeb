import { routes } from '@strongroom/client'
import { mayComeDown, mayGoUp } from '../proxy/upstream-headers.ts'
import { eitherOf, type Rule } from './rules.ts'

/** No I/O. What may stand in a row of the upstream table. */

/** Nothing in it that a URL would have to encode or a router could take for a pattern. */
const plainPath = /^(\/[\w.~-]+)+$/

export const prefix: Rule<string> = (value) => {
  if (value === '') return 'is missing. Give the path that it answers below, such as /api.'
  if (!value.startsWith('/')) return 'does not begin with a slash. Give a path such as /api.'
  if (value === '/') return 'is the whole site. Give a path below it, such as /api.'
  if (value.endsWith('/')) return 'ends in a slash. Leave it out: /api stands for all below it.'
  if (!plainPath.test(value) || /\/\.{1,2}(\/|$)/.test(value))
    return 'holds more than letters, digits and . _ ~ -, or a dot segment. Give a plain path such as /api/files.'
  return ownPaths.some((own) => value === own || value.startsWith(`${own}/`))
    ? `is a path where Strongroom answers itself (${ownPaths.join(', ')}). Choose another.`
    : null
}

const ownPaths = ['/auth', routes.health, routes.readiness]

export const methods: Rule<readonly string[]> = (value) => {
  if (value.length === 0) return 'is empty. Leave it out for all methods, or name some.'
  if (value.some((method) => method === 'CONNECT' || method === 'TRACE'))
    return 'names CONNECT or TRACE, which no proxy should pass on. Leave them out.'
  return value.every((method) => /^[A-Z][A-Z-]*$/.test(method))
    ? null
    : 'holds what is no method. Write them in upper case, such as GET.'
}

export const tokenDemand: Rule<string> = (value) =>
  value === 'required' || value === 'if-signed-in' || value === 'none' || value === 'client'
    ? null
    : 'is not a kind known here. Use "required", "if-signed-in", "none" or "client".'

export const clientTokenCallers = eitherOf('signed-in', 'anybody')

export function seconds(most: number): Rule<number> {
  return (value) =>
    value > 0 && value <= most ? null : `is not a number of seconds above 0 and up to ${most}.`
}

export const requestHeaders: Rule<readonly string[]> = (value) =>
  headerFault(value) ??
  neverPasses(
    value.filter((name) => !mayGoUp(name.toLowerCase())),
    'goes up: it is between the browser and Strongroom, or Strongroom says it itself',
  )

export const responseHeaders: Rule<readonly string[]> = (value) =>
  headerFault(value) ??
  neverPasses(
    value.filter((name) => !mayComeDown(name.toLowerCase())),
    'comes down: it is about the connection, or Strongroom says it itself',
  )

export const tokenSource = eitherOf('refresh', 'exchange')

/** RFC 8707 §2. */
export const resource: Rule<string> = (value) =>
  URL.canParse(value) && !value.includes('#')
    ? null
    : 'is not an absolute URI without a fragment. Give the API’s name at the provider, such as https://files.example.com.'

export const audience: Rule<string> = (value) =>
  value.trim() === '' ? 'is empty. Give the API’s name at the provider, or leave it out.' : null

/** RFC 6749 §3.3. */
export const scopes: Rule<readonly string[]> = (value) => {
  if (value.length === 0) return 'is empty. Leave it out, or name some.'
  return value.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
    ? null
    : 'holds what is no scope. Give each as a text of its own, without spaces.'
}

/** Visible characters alone: they go into a URL, parted by spaces (OpenID Connect Core §3.1.2.1). */
export const acrValues: Rule<readonly string[]> = (value) => {
  if (value.length === 0) return 'is empty. Leave it out, or name some.'
  return value.every((acr) => /^[\x21-\x7e]+$/.test(acr))
    ? null
    : 'holds what is no acr. Give each as a text of its own, without spaces.'
}

function headerFault(names: readonly string[]): string | null {
  return names.every((name) => /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/.test(name))
    ? null
    : 'holds what is no name of a header. Give names such as accept-language.'
}

function neverPasses(names: readonly string[], why: string): string | null {
  return names.length === 0 ? null : `names ${names.join(', ')}, which never ${why}. Leave it out.`
}
