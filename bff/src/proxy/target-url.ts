import { err, ok, type Result } from '@strongroom/client'
import type { Failure } from '../base/failure.ts'
import type { Upstream } from './upstream.ts'

/** No I/O. */

/** More layers of percent-encoding than any honest path has. */
const mostLayers = 5

/**
 * Where a request goes, built from the request target as it came over the wire: by the time a URL parser has seen it,
 * dot segments and backslashes are folded away and can't be told from honest paths.
 *
 * @param rawTarget  such as `/api/notes?x=1` (RFC 9112 §3.2.1)
 */
export function targetUrl(rawTarget: string, { prefix, target }: Upstream): Result<URL, Failure> {
  const [rawPath = '', ...rawQuery] = rawTarget.split('?')
  if (!isHonestPath(rawPath)) {
    return err({
      kind: 'malformed-request',
      reason: 'The path holds dot segments, backslashes or broken encoding.',
    })
  }
  // The router matched a decoded path; a prefix in disguise is not the prefix.
  if (rawPath !== prefix && !rawPath.startsWith(`${prefix}/`)) return err({ kind: 'not-found' })
  const base = target.pathname.replace(/\/$/, '')
  const query = rawQuery.length > 0 ? `?${rawQuery.join('?')}` : ''
  return ok(new URL(`${target.origin}${base}${rawPath.slice(prefix.length)}${query}`))
}

/** Decoded again and again, no segment of the path may step upwards, and nothing but slashes may part segments. */
function isHonestPath(path: string): boolean {
  let decoded = path
  for (let layer = 0; layer < mostLayers; layer += 1) {
    if (/[\\\p{Cc}#]/u.test(decoded) || decoded.split(/[/;]/).some(isDotSegment)) return false
    const next = decode(decoded)
    if (next === null || next === decoded) return next !== null
    decoded = next
  }
  return false
}

function isDotSegment(segment: string): boolean {
  return segment === '.' || segment === '..'
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}
