import { JobCallError } from './job-errors.ts'

/** No I/O. */

/** More layers of percent-encoding than any honest path has. */
const mostLayers = 5

/**
 * Where a call of a job goes: to a path below the API's base, or to a URL that lies there. Anything else is refused before a
 * token is touched, however it is dressed: a path may have come from somebody else's data.
 */
export function jobTarget(path: string | URL, api: URL): URL {
  const text = String(path)
  const target = /^[a-z][a-z\d+.-]*:/i.test(text) ? parsed(text) : below(text, api)
  if (target === null || !isOf(api, target)) throw new JobCallError('not-the-api')
  target.hash = ''
  return target
}

/** Whether a URL lies at or below the API's base. */
export function isOf(api: URL, target: URL): boolean {
  const base = api.pathname.replace(/\/$/, '')
  return (
    target.origin === api.origin &&
    target.username === '' &&
    target.password === '' &&
    (target.pathname === base || target.pathname.startsWith(`${base}/`)) &&
    !climbs(target.pathname)
  )
}

function below(path: string, api: URL): URL | null {
  // A backslash is a slash to URL parsers, and control characters are nothing to them.
  if (!path.startsWith('/') || path.startsWith('//') || /[\\\p{Cc}]/u.test(path)) return null
  return parsed(`${api.origin}${api.pathname.replace(/\/$/, '')}${path}`)
}

function parsed(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null
}

/** Decoded again and again, as servers may do by mistake, no segment may step upwards. */
function climbs(path: string): boolean {
  let layer = path
  for (let depth = 0; depth < mostLayers; depth += 1) {
    if (layer.split(/[/\\;?#]/).some((segment) => /^\s*\.\.?\s*$/.test(segment))) return true
    const next = layer.replace(/%[\da-f]{2}/gi, (byte) =>
      String.fromCharCode(Number(`0x${byte.slice(1)}`)),
    )
    if (next === layer) return false
    layer = next
  }
  return true
}
