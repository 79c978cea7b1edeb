import { SignedIn as ClientSignedIn } from '@strongroom/client/react'
import { useSyncExternalStore, type ReactNode } from 'react'
import { Waiting } from '../ui/waiting.tsx'
import { CallFailureNotice } from './call-failure-notice.tsx'
import type { SignedIn } from './session.ts'
import { SignInLink } from './sign-in-link.tsx'
import { tokenLives } from './token-lives.ts'
import { useSession } from './use-session.ts'

interface SignedInOnlyProps {
  /** What a visitor would see: "your notes". */
  readonly what: string
  readonly children: (session: SignedIn) => ReactNode
  /** Shown after a session has ended, below the banner that says so. */
  readonly afterwards?: ReactNode
}

export function SignedInOnly({ what, children, afterwards }: SignedInOnlyProps) {
  const lives = useSyncExternalStore(tokenLives.subscribe, tokenLives.getSnapshot)
  return (
    <>
      <ClientSignedIn>
        {({ view }) => children({ status: 'signed-in', view, lives })}
      </ClientSignedIn>
      <Otherwise what={what} afterwards={afterwards} />
    </>
  )
}

function Otherwise({ what, afterwards }: Omit<SignedInOnlyProps, 'children'>) {
  const session = useSession()
  switch (session.status) {
    case 'loading':
      return <Waiting what="your session" />
    case 'unknown':
      return <CallFailureNotice error={session.error} retry={session.retry} />
    case 'signed-out':
      return (
        <>
          <p>Sign in to see {what}. You will come back to this page.</p>
          <p>
            <SignInLink />
          </p>
        </>
      )
    case 'ended':
      // What was theirs is not for whoever is signed in now.
      if (session.reason === 'user-changed') return null
      return afterwards ?? <p>You will see {what} here again once you have signed in.</p>
    case 'signed-in':
      return null
  }
}
