import { useEffect, useState } from 'react'

const patienceMilliseconds = 300

/** Says that something is on its way, but only if it takes long enough to be noticed. */
export function Waiting({ what }: { readonly what: string }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patienceMilliseconds)
    return () => clearTimeout(timer)
  }, [])
  return (
    <p className="soft" role="status">
      {late ? `Loading ${what}…` : ''}
    </p>
  )
}
