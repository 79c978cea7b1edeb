import type { CallFailure } from './call-failure.ts'
import type { BffClient, EndAllOptions, LogoutOptions } from './client.ts'
import type { Result } from './result.ts'
import type { LoginParameter } from './routes.ts'
import type { LogoutAnswer, SessionView } from './schemas.ts'
import type { SessionState } from './session-state.ts'

export interface SessionOptions {
  /**
   * What becomes of a call that finds the session over. `fail`: it answers as the server did. `wait`: it waits until the
   * same user has signed in again, and is then sent once more. @default 'fail'
   */
  readonly onSessionEnd?: 'fail' | 'wait'
  /** How long before its end the session is `expiring`, at most a quarter of the idle time. @default 120 */
  readonly warnSeconds?: number
  /** Whether keys and pointer keep the session alive, by one call in a tenth of the idle time. @default true */
  readonly keepAlive?: boolean
  /** The page of the app where a sign-in in a pop-up ends: it calls `finishResume()`. @default '/signed-in' */
  readonly resumePath?: string
}

export interface ResumeOptions {
  /** Opens the sign-in, and says whether that was let through. @default a pop-up, else a tab */
  readonly open?: (path: string) => boolean
  /** For the provider, such as `acr_values` or `max_age`. */
  readonly parameters?: Partial<Record<LoginParameter, string>>
}

/** The session of this page, kept up to date. Shaped for React's `useSyncExternalStore`, and for anything else. */
export interface BrowserSession {
  /** The client whose calls it watches over. */
  readonly client: BffClient
  /** The state as it is now: the same object until something has changed. */
  getSnapshot(): SessionState
  /** The first listener starts it: it reads the session and listens for what happens to it. @returns stops listening */
  subscribe(listener: () => void): () => void
  /** Asks the server now. Never extends the session. */
  check(): Promise<SessionState>
  /**
   * Has the provider asked now whether the session is good still, and tells the other tabs. `check` in the answer says what it
   * said, and when. Never extends the session.
   */
  askProvider(): Promise<Result<SessionView, CallFailure>>
  /** Puts off the idle end. */
  staySignedIn(): Promise<Result<SessionView, CallFailure>>
  /** Ends the session, and tells the other tabs. Navigate to `location` afterwards. */
  signOut(options?: LogoutOptions): Promise<Result<LogoutAnswer, CallFailure>>
  /** Ends all sessions of the user, on every device, and tells the other tabs. */
  signOutEverywhere(options?: EndAllOptions): Promise<Result<null, CallFailure>>
  /** The path to open for a sign-in beside this page, in a pop-up or a tab. */
  resumePath(parameters?: Partial<Record<LoginParameter, string>>): string
  /**
   * Opens a sign-in beside this page, which stays as it is. To be called in a click. Calls that wait are sent when the same
   * user has signed in.
   *
   * @returns whether it was let through; if not, show a link to `resumePath()` with `target="_blank"`
   */
  resume(options?: ResumeOptions): boolean
  /** Lets the calls that wait fail as the server answered them. */
  abandon(): void
  /** Goes on as the user who is signed in now: for a page that has put away what belonged to the one before. */
  acceptUser(): Promise<SessionState>
  /** Seconds since the epoch by the server's clock, with fractions. */
  now(): number
  /** Stops all it does by itself. Calls that wait fail as the server answered them. */
  close(): void
}
