import { Activity, createContext, useContext, useSyncExternalStore, type ReactNode } from 'react'
import type { BrowserSession } from '../browser-session.ts'
import {
  isSignedIn,
  mayResume,
  type EndedState,
  type SessionState,
  type SignedInState,
} from '../session-state.ts'

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

/**
 * Shows its children while somebody is signed in. A session that runs out hides them, with their effects stopped and their
 * state kept, and they are there again once the same user is back. An end that somebody asked for takes them away.
 */
export function SignedIn({ children }: SignedInProps) {
  const session = useSession()
  const isHidden = mayResume(session)
  const shown = isHidden ? asItWas(session) : session
  if (!isSignedIn(shown)) return null
  return (
    <Activity key={shown.view.session.owner} mode={isHidden ? 'hidden' : 'visible'}>
      {typeof children === 'function' ? children(shown) : children}
    </Activity>
  )
}

function asItWas(ended: EndedState): SignedInState {
  return { ...ended, status: 'signed-in', expiring: null, failure: null }
}

/** Shows its children while nobody is signed in, and that is known. */
export function SignedOut({ children }: { readonly children: ReactNode }) {
  const { status } = useSession()
  return status === 'signed-out' || status === 'ended' ? children : null
}
