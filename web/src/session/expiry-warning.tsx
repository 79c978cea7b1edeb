import type { Expiring } from '@strongroom/client'
import { useStrongroom } from '@strongroom/client/react'
import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'

/** Says that the session is about to end, once: a countdown would be read out second by second. */
export function ExpiryWarning({ expiring }: { readonly expiring: Expiring }) {
  const session = useStrongroom()
  const [isBlocked, setBlocked] = useState(false)
  const time = new Date(expiring.at * 1000).toLocaleTimeString()

  if (expiring.reason === 'idle') {
    return (
      <Notice title={`You will be signed out at ${time}.`} advice="Nothing was done for a while.">
        <Button look="strong" onPress={() => void session.staySignedIn()}>
          Stay signed in
        </Button>
      </Notice>
    )
  }
  return (
    <Notice
      title={`You will be signed out at ${time}.`}
      advice="A session lasts only so long. Sign in again now, and this page stays as it is."
    >
      {isBlocked ? (
        <a className="button" href={session.resumePath()} target="_blank">
          Sign in in a new tab
        </a>
      ) : (
        <Button look="strong" onPress={() => setBlocked(!session.resume())}>
          Sign in again
        </Button>
      )}
    </Notice>
  )
}
