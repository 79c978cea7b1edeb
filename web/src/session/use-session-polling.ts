import { useStrongroom } from '@strongroom/client/react'
import { useEffect } from 'react'

const everyMilliseconds = 5_000

/** Looks at the session again and again while the page is visible, for the demo's view of the token's life. */
export function useSessionPolling(): void {
  const session = useStrongroom()
  useEffect(() => {
    const timer = setInterval(() => {
      const { status } = session.getSnapshot()
      const isOver = status === 'signed-out' || status === 'ended'
      if (!isOver && !document.hidden) void session.check()
    }, everyMilliseconds)
    return () => clearInterval(timer)
  }, [session])
}
