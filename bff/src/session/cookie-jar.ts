import type { Context } from 'hono'
import { setCookie } from 'hono/cookie'
import { requestHeader } from '../base/incoming.ts'

/** The session's cookie; when it does not fit into one: `.0`, `.1` … behind it, as iron-session names them. */
export const sessionCookieName = '__Host-Http-strongroom'

/**
 * No `Max-Age`: it goes when the browser is closed, and its real ends are inside the seal. `Strict` is safe because
 * the page itself needs no session: it is served to anyone and asks for its session by `fetch`.
 */
const sessionCookieAttributes = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'strict',
} as const

/** One sign-in attempt; the tag of its `state` follows. */
export const loginCookiePrefix = '__Host-Http-strongroom-login-'

/** That attempts which ask nobody came to nothing, and how many in a row: a digit. */
export const silentCookieName = '__Host-Http-strongroom-silent'

/** One attempt to connect an offline grant; the same follows. */
export const connectCookiePrefix = '__Host-Http-strongroom-connect-'

/** `Lax`, since it must come along when the provider sends the browser back. */
const attemptCookieAttributes = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
} as const

export interface Jar {
  read(name: string): string | undefined
  names(): string[]
  /** With the attributes that belong to its name. Without a `maxAge` (in seconds) it goes with the browser; 0 takes it away. */
  write(name: string, value: string, maxAge?: number): void
  /**
   * Whether the request has two different cookies of this name. A sibling subdomain can plant one for the whole domain where
   * a browser does not hold to the prefix, and nothing in a request tells which is ours.
   */
  isDoubled(name: string): boolean
}

/** The request's cookies to read, the answer's to write. Knows our own cookies alone. */
export function honoCookieJar(c: Context): Jar {
  let cookies: OwnCookies | undefined
  const own = () => (cookies ??= ownCookies(requestHeader(c, 'cookie') ?? ''))
  return {
    read: (name) => own().values.get(name),
    names: () => [...own().values.keys()],
    isDoubled: (name) => own().doubled.has(name),
    write: (name, value, maxAge) => {
      const attributes = isAttempt(name) ? attemptCookieAttributes : sessionCookieAttributes
      setCookie(c, name, value, {
        ...attributes,
        ...(maxAge === undefined ? {} : { maxAge }),
      })
    },
  }
}

function isAttempt(name: string): boolean {
  return (
    name.startsWith(loginCookiePrefix) ||
    name.startsWith(connectCookiePrefix) ||
    name === silentCookieName
  )
}

interface OwnCookies {
  readonly values: ReadonlyMap<string, string>
  readonly doubled: ReadonlySet<string>
}

/** Nobody has as many. Whoever sends more gets none of them opened, as one that counts may stand behind the last that is looked at. */
const mostOwn = 100

/**
 * The usual parsers keep the first of two cookies with one name and say nothing, so the header is read here: from one name
 * of ours to the next, whatever else there is. A seal is made of characters that need no decoding: what is encoded is
 * none of ours, and does not open.
 */
function ownCookies(header: string): OwnCookies {
  const values = new Map<string, string>()
  const doubled = new Set<string>()
  let at = header.indexOf(sessionCookieName)
  for (; at !== -1 && values.size <= mostOwn; at = header.indexOf(sessionCookieName, at)) {
    const start = header.lastIndexOf(';', at) + 1
    const end = header.indexOf(';', at)
    const pair = header.slice(start, end === -1 ? undefined : end).trim()
    at = end === -1 ? header.length : end
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).trim()
    if (equals === -1 || !name.startsWith(sessionCookieName)) continue
    const value = pair.slice(equals + 1).trim()
    if ((values.get(name) ?? value) !== value) doubled.add(name)
    values.set(name, value)
  }
  return { values, doubled: at === -1 ? doubled : new Set(values.keys()) }
}
