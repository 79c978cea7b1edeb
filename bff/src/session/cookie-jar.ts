import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { CookieJar } from 'iron-session'

/** The session's cookie; iron-session appends `.0`, `.1` … when it does not fit into one. */
export const sessionCookieName = '__Host-Http-strongroom'

/**
 * No `Max-Age`: it goes when the browser is closed, and its real ends are inside the seal. `Strict` is safe because
 * the page itself needs no session: it is served to anyone and asks for its session by `fetch`.
 */
export const sessionCookieAttributes = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'strict',
} as const

/** One sign-in attempt; the tag of its `state` follows. */
export const loginCookiePrefix = '__Host-Http-strongroom-login-'

/** `Lax`, since it must come along when the provider sends the browser back. */
export const loginCookieAttributes = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
} as const

export type HonoCookieJar = CookieJar & Required<Pick<CookieJar, 'names'>>

/** The request's cookies to read, the answer's to write. */
export function honoCookieJar(c: Context): HonoCookieJar {
  let cookies: Record<string, string> | undefined
  return {
    read: (name) => (cookies ??= getCookie(c))[name],
    names: () => Object.keys((cookies ??= getCookie(c))),
    write: (name, value, { maxAge }) => {
      const attributes = name.startsWith(loginCookiePrefix)
        ? loginCookieAttributes
        : sessionCookieAttributes
      setCookie(c, name, value, {
        ...attributes,
        ...(maxAge === undefined ? {} : { maxAge }),
      })
    },
  }
}
