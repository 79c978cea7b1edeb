import type { SessionView, SignedInView } from '@strongroom/client'

/** One access token's time, from its issue on. */
export type TokenLife = SignedInView['token']

/** What this page knows about the session. `ended`: it was there, and is gone without the user asking for it. */
export type Session = SignedOut | Ended | SignedIn

export interface SignedOut {
  readonly status: 'signed-out'
}

export interface Ended {
  readonly status: 'ended'
}

export interface SignedIn {
  readonly status: 'signed-in'
  readonly view: SignedInView
  /** The token lives seen since the page was opened, oldest first; the last is the present one. */
  readonly lives: readonly TokenLife[]
}

const remembered = 50

/** What the page knows after a new answer of the server. No I/O, no clock. */
export function nextSession(previous: Session | undefined, view: SessionView): Session {
  if (view.authenticated) {
    const lives = previous && isSameSession(previous, view) ? previous.lives : []
    return { status: 'signed-in', view, lives: withLife(lives, view.token) }
  }
  const wasThere = previous !== undefined && previous.status !== 'signed-out'
  return { status: wasThere ? 'ended' : 'signed-out' }
}

function isSameSession(previous: Session, { user, session }: SignedInView): previous is SignedIn {
  return (
    previous.status === 'signed-in' &&
    previous.view.user.sub === user.sub &&
    previous.view.session.startedAt === session.startedAt
  )
}

function withLife(lives: readonly TokenLife[], life: TokenLife): readonly TokenLife[] {
  const last = lives.at(-1)
  // Two answers may overtake each other; an older count is old news.
  if (last && life.refreshCount < last.refreshCount) return lives
  const earlier = last?.refreshCount === life.refreshCount ? lives.slice(0, -1) : lives
  return [...earlier, life].slice(-remembered)
}
