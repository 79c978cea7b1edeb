import { err, ok, type Result } from '@strongroom/client'
import type { Failure } from '../base/failure.ts'
import type { Upstream } from './upstream.ts'

/** No I/O. */

/** Where a call goes: what is in front of the path, and the path with its query, byte for byte. */
export interface Target {
  readonly origin: string
  readonly path: string
}

/** More layers of percent-encoding than any honest path has. */
const mostLayers = 5

/** Most paths: nothing in them that any server could read in two ways. */
const plainPath = /^[\w/~:@!$&'()*+,=-]*$/

/** Control characters, told by what is none. */
const notForPaths = /[^ -~\u0080-\uffff]/

/**
 * Where a request to an upstream goes, built from the request target as it came over the wire: by the time a URL parser has
 * seen it, dot segments and backslashes are folded away and can't be told from honest paths.
 *
 * @param rowsBelow  prefixes of other rows that begin with this one's, and may guard more than it does
 * @returns takes a request target such as `/api/notes?x=1` (RFC 9112 §3.2.1)
 */
export function targetUrl(
  { prefix, target }: Pick<Upstream, 'prefix' | 'target'>,
  rowsBelow: readonly string[] = [],
): (rawTarget: string) => Result<Target, Failure> {
  const { origin } = target
  const guarded = rowsBelow.map((below) => carelesslyRead(below.toLowerCase()))
  const base = target.pathname.replace(/\/$/, '')
  return (rawTarget) => {
    const queryAt = rawTarget.indexOf('?')
    const rawPath = queryAt === -1 ? rawTarget : rawTarget.slice(0, queryAt)
    if (!isHonestPath(rawPath)) {
      return err({
        kind: 'malformed-request',
        reason: 'The path holds dot segments, spaces, backslashes or broken encoding.',
      })
    }
    // The router matched a decoded path; a prefix in disguise is not the prefix.
    if (rawPath !== prefix && !rawPath.startsWith(`${prefix}/`)) return err({ kind: 'not-found' })
    if (guarded.length > 0 && mayBeReadAs(guarded, rawPath)) {
      return err({
        kind: 'malformed-request',
        reason: 'The path is another spelling of one that has a row of its own.',
      })
    }
    const path = `${base}${rawPath.slice(prefix.length)}` || '/'
    const query = queryAt === -1 ? '' : rawTarget.slice(queryAt)
    return ok({ origin, path: path + query })
  }
}

/**
 * Read as it is, it must be well-formed; decoded again and again, as servers behind may do by mistake, no segment may
 * step upwards, whatever they take for the end of one. A backslash or a `#` that is encoded is part of a name.
 */
function isHonestPath(path: string): boolean {
  if (plainPath.test(path)) return true
  // A space that is not encoded is trimmed from the end by some parsers of URLs, and `/.. ` is then a step upwards.
  if (/[\\# ]/.test(path) || !isDecodable(path)) return false
  let layer = path
  for (let depth = 0; depth < mostLayers; depth += 1) {
    if (notForPaths.test(layer) || layer.split(/[/\\;?#]/).some(isDotSegment)) return false
    const next = decodeBytes(layer)
    if (next === layer) return true
    layer = next
  }
  return false
}

/** Some trim what they have decoded. */
function isDotSegment(segment: string): boolean {
  const trimmed = segment.trim()
  return trimmed === '.' || trimmed === '..'
}

/**
 * Whether a server behind may take the path for one below these prefixes, which the router here did not: many fold case, merge
 * slashes, drop the parameters of a segment and dots at its end, and take what follows a dot for the format of the answer.
 */
function mayBeReadAs(prefixes: readonly string[], path: string): boolean {
  const isBelow = (read: string) =>
    prefixes.some(
      (prefix) => read === prefix || read.startsWith(`${prefix}/`) || read.startsWith(`${prefix}.`),
    )
  if (plainPath.test(path) && !path.includes('//')) return isBelow(path.toLowerCase())
  let layer = path.toLowerCase()
  for (let depth = 0; depth < mostLayers; depth += 1) {
    if (isBelow(carelesslyRead(layer))) return true
    const next = decodeBytes(layer).toLowerCase()
    if (next === layer) return false
    layer = next
  }
  return false
}

function carelesslyRead(path: string): string {
  const segments = path.split(/[/\\]/).map((segment) => withoutEnd(segment.replace(/[;?#].*$/, '')))
  return `/${segments.filter((segment) => segment !== '').join('/')}`
}

/** Dots and spaces at the end of a name are none of it where files are kept on Windows. */
function withoutEnd(segment: string): string {
  const trimmed = segment.trim()
  let end = trimmed.length
  while (end > 0 && '. '.includes(trimmed.charAt(end - 1))) end -= 1
  return trimmed.slice(0, end)
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** As a careless server decodes: byte by byte, and past what is broken. */
function decodeBytes(path: string): string {
  return path.replace(/%[\da-f]{2}/gi, (byte) => String.fromCharCode(Number(`0x${byte.slice(1)}`)))
}
