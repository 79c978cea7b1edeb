import { isSignedIn, type BrowserSession, type SignedInView } from '@strongroom/client'
import { session } from '../api/bff.ts'

/** One access token's time, from its issue on. */
export type TokenLife = SignedInView['token']

const remembered = 50

export interface TokenLives {
  getSnapshot(): readonly TokenLife[]
  subscribe(listener: () => void): () => void
}

/** The token lives seen since the page was opened, oldest first; the last is the present one. */
export const tokenLives = followLives(session)

export function followLives(
  session: Pick<BrowserSession, 'getSnapshot' | 'subscribe'>,
): TokenLives {
  let lives: readonly TokenLife[] = []
  let of: SignedInView | null = null

  function getSnapshot(): readonly TokenLife[] {
    const state = session.getSnapshot()
    if (!isSignedIn(state) || state.view === of) return lives
    lives = withLife(of && isSameSession(of, state.view) ? lives : [], state.view.token)
    of = state.view
    return lives
  }

  return {
    getSnapshot,
    subscribe: (listener) =>
      session.subscribe(() => {
        getSnapshot()
        listener()
      }),
  }
}

function isSameSession(previous: SignedInView, { session }: SignedInView): boolean {
  return (
    previous.session.owner === session.owner && previous.session.startedAt === session.startedAt
  )
}

function withLife(lives: readonly TokenLife[], life: TokenLife): readonly TokenLife[] {
  const last = lives.at(-1)
  // Two answers may overtake each other; an older count is old news.
  if (last && life.refreshCount < last.refreshCount) return lives
  const earlier = last?.refreshCount === life.refreshCount ? lives.slice(0, -1) : lives
  return [...earlier, life].slice(-remembered)
}
