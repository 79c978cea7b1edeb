import type { CookieJar } from 'iron-session'
import type { SessionEnd } from '../base/failure.ts'
import type { Session } from './session.ts'

/** What a request's cookies say. `ended`: there was a session, and it is over. */
export type SessionLookup =
  | { readonly state: 'none' }
  | { readonly state: 'ended'; readonly end: SessionEnd }
  | { readonly state: 'live'; readonly session: Session }

/** Where sessions are kept between two requests. */
export interface SessionStore {
  load(jar: CookieJar): Promise<SessionLookup>
  /**
   * Writes the session into the browser.
   *
   * @param fresh  a new sign-in: whatever other session the browser may still hold is wiped, seen or not
   * @returns how many bytes of cookie it takes
   */
  save(jar: CookieJar, session: Session, fresh?: 'fresh'): Promise<number>
  /** Wipes the session from the browser. */
  clear(jar: CookieJar): Promise<void>
}

/** The session takes more cookie than browsers and the proxies before us let through. */
export class SessionTooLarge extends Error {
  override readonly name = 'SessionTooLarge'
  readonly bytes: number

  constructor(bytes: number) {
    super(
      `the session takes ${bytes} bytes of cookie, and more than 12,000 get lost on the way: ask for fewer scopes and claims (OIDC_SCOPE)`,
    )
    this.bytes = bytes
  }
}
