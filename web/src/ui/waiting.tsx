import { useEffect, useState } from 'react'
import './waiting.css'

const patienceMilliseconds = 200

interface WaitingProps {
  readonly what: string
  /** How much room to keep, so that nothing jumps when it is there. @default 0 */
  readonly lines?: number
}

/** Says that something is on its way, but only if it takes long enough to be noticed. */
export function Waiting({ what, lines = 0 }: WaitingProps) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patienceMilliseconds)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={late ? 'waiting waiting-late' : 'waiting'}>
      <p className={lines > 0 ? 'visually-hidden' : 'soft'} role="status">
        {late ? `Loading ${what}…` : ''}
      </p>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="waiting-line" />
      ))}
    </div>
  )
}
