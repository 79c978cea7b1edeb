import { useEffect, useState } from 'react'
import type { SignedIn } from '../../session/session.ts'
import { lookAround, type Sight } from './look-around.ts'
import { looksLikeToken } from './looks-like-token.ts'

/** What script in this page finds, looked for anew whenever the session has changed. */
export function useSights(view: SignedIn['view']) {
  const [sights, setSights] = useState<readonly Sight[] | null>(null)

  useEffect(() => {
    let current = true
    void lookAround(view).then((seen) => current && setSights(seen))
    return () => {
      current = false
    }
  }, [view])

  return { sights, lookAgain: () => void lookAround(view).then(setSights) }
}

export function verdictOn(sights: readonly Sight[]): string {
  const suspects = sights.filter(({ found }) => found?.some(looksLikeToken))
  return suspects.length === 0
    ? 'No token.'
    : `Something that looks like a token: ${suspects.map(({ place }) => place).join(', ')}.`
}
