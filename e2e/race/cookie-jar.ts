/** The cookies of one browser. */
export interface CookieJar {
  /** What the header `Cookie` says now. */
  header(): string
  /** Takes over what an answer sets. */
  apply(setCookie: readonly string[]): void
  holdsSession(): boolean
  /** Every value of the header that ever held a session, the newest last. */
  everySession(): readonly string[]
}

const sessionCookieName = '__Host-Http-strongroom'

export function cookieJar(): CookieJar {
  const cookies = new Map<string, string>()
  const sessions: string[] = []

  const header = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const holdsSession = () => [...cookies.keys()].some(isSessionCookie)

  return {
    header,
    holdsSession,
    apply(setCookie) {
      for (const line of setCookie) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '' || /; *max-age=0\b/i.test(line)) cookies.delete(name)
        else cookies.set(name, value)
      }
      if (holdsSession() && header() !== sessions.at(-1)) sessions.push(header())
    },
    everySession: () => [...sessions],
  }
}

/** The session's cookie or a piece of it, not that of a login attempt. */
function isSessionCookie(name: string): boolean {
  return name === sessionCookieName || name.startsWith(`${sessionCookieName}.`)
}
