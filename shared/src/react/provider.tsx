import { createContext, useContext, useSyncExternalStore, type ReactNode } from 'react'
import type { BrowserSession } from '../browser-session.ts'
import { isSignedIn, type SessionState, type SignedInState } from '../session-state.ts'

const SessionContext = createContext<BrowserSession | null>(null)

export interface StrongroomProviderProps {
  /** Made once, outside of any component. */
  readonly session: BrowserSession
  readonly children: ReactNode
}

/**
 * Gives the session to every component below.
 *
 * @example
 * const session = createSession(createBffClient())
 * root.render(<StrongroomProvider session={session}><App /></StrongroomProvider>)
 */
export function StrongroomProvider({ session, children }: StrongroomProviderProps) {
  return <SessionContext value={session}>{children}</SessionContext>
}

/** The session object: `staySignedIn()`, `resume()`, `acceptUser()` and the client. */
export function useStrongroom(): BrowserSession {
  const session = useContext(SessionContext)
  if (!session) throw new Error('There is no <StrongroomProvider> above: put one around the app.')
  return session
}

/** Who is signed in, as a tagged union by `status`. */
export function useSession(): SessionState {
  const session = useStrongroom()
  return useSyncExternalStore(session.subscribe, session.getSnapshot, session.getSnapshot)
}

export interface SignedInProps {
  readonly children: ReactNode | ((session: SignedInState) => ReactNode)
}

/** Shows its children while somebody is signed in. */
export function SignedIn({ children }: SignedInProps) {
  const session = useSession()
  if (!isSignedIn(session)) return null
  return typeof children === 'function' ? children(session) : children
}

/** Shows its children while nobody is signed in, and that is known. */
export function SignedOut({ children }: { readonly children: ReactNode }) {
  const { status } = useSession()
  return status === 'signed-out' || status === 'ended' ? children : null
}
