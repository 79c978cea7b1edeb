import { useEffect, useState } from 'react'
import { session } from '../api/bff.ts'

/** The server's time in whole seconds, anew each second. */
export function useServerNow(): number {
  const [now, setNow] = useState(wholeSeconds)
  useEffect(() => {
    const timer = setInterval(() => setNow(wholeSeconds()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return now
}

function wholeSeconds(): number {
  return Math.floor(session.now())
}
