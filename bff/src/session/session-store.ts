import type { SessionEnd } from '../base/failure.ts'
import type { AtOnce } from '../base/at-once.ts'
import type { Jar } from './cookie-jar.ts'
import type { Session } from './session.ts'

/** What a request's cookies say. `ended`: there was a session, and it is over. */
export type SessionLookup =
  | { readonly state: 'none' }
  | { readonly state: 'ended'; readonly end: SessionEnd; readonly session: Session | null }
  | { readonly state: 'live'; readonly session: Session }

/**
 * Where sessions are kept between two requests.
 *
 * A store that keeps them on the server rejects with a `Refusal` of `store-unreachable` when it can't be asked.
 */
export interface SessionStore {
  /** At once where nobody need be asked. What fails rejects, never throws. */
  load(jar: Jar): AtOnce<SessionLookup>
  /**
   * Begins a session in this browser, in the place of any other that it may still hold.
   *
   * @returns how many bytes of cookie it takes
   */
  begin(jar: Jar, session: Session): Promise<number>
  /** Writes a newer generation, or a later activity. Never goes back to an older one. */
  save(jar: Jar, session: Session): Promise<void>
  /** Takes the session out of the browser, and off the server. */
  clear(jar: Jar): Promise<void>
  /** Whether `save` writes a cookie, so must wait for the answer; else a renewed session is saved at once. */
  readonly keptIn: 'browser' | 'server'
}

/** The session takes more cookie than browsers and the proxies before us let through. */
export class SessionTooLarge extends Error {
  override readonly name = 'SessionTooLarge'
  readonly bytes: number

  constructor(bytes: number) {
    super(
      `the session takes ${bytes} bytes of cookie, and more than 12,000 get lost on the way: ask for fewer scopes and claims (OIDC_SCOPE), or keep sessions on the server (SESSION_MODE=server)`,
    )
    this.bytes = bytes
  }
}
