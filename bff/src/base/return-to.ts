import { isReserved } from './reserved-paths.ts'

/** No I/O. */

const home = '/'
const longest = 2000

/**
 * The path to return to after a sign-in: a path of our own origin, or `/` for anything else.
 *
 * Browsers read a backslash as a slash and drop tabs and line feeds, so each of `//evil`, `/\evil` and `/<tab>/evil`
 * leaves the site; every product of this kind had one of these (CWE-601).
 *
 * @param reserved  where machines are answered and a person would end on bare JSON, or sign in again for ever
 */
export function localReturnTo(
  value: string | undefined,
  publicUrl: URL,
  reserved: readonly string[],
): string {
  if (value === undefined || value.length > longest || !/^\/(?!\/)[^\\\p{Cc}]*$/u.test(value))
    return home
  const url = URL.parse(value, publicUrl.href)
  if (url === null || url.origin !== publicUrl.origin) return home
  const path = `${url.pathname}${url.search}${url.hash}`
  // Resolving can bring a double slash forth (`/.//evil`).
  const leadsAstray = path.startsWith('//') || isReserved(asRouted(url.pathname), reserved)
  return path.length > longest || leadsAstray ? home : path
}

/** However it is spelled: the router decodes a path before it matches it. */
function asRouted(pathname: string): string {
  return pathname.replace(/%[\da-f]{2}/gi, (byte) =>
    String.fromCharCode(Number(`0x${byte.slice(1)}`)),
  )
}
