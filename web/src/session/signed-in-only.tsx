import type { ReactNode } from 'react'
import { Waiting } from '../ui/waiting.tsx'
import { CallFailureNotice } from './call-failure-notice.tsx'
import './session.css'
import { wasAskedFor } from './end-words.ts'
import type { Ended, SignedIn } from './session.ts'
import { tokenLives } from './token-lives.ts'
import { SignInLink } from './sign-in-link.tsx'
import { useSession } from './use-session.ts'

interface SignedInOnlyProps {
  /** What a visitor would see: "your notes". */
  readonly what: string
  readonly children: (session: SignedIn) => ReactNode
  /** Shown after a session has ended, below the banner that says so. */
  readonly afterwards?: ReactNode
}

export function SignedInOnly({ what, children, afterwards }: SignedInOnlyProps) {
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
      return (
        <>
          {!wasAskedFor(session.reason) && <Kept isCovered>{children(asItWas(session))}</Kept>}
          {afterwards ?? <p>You will see {what} here again once you have signed in.</p>}
        </>
      )
    case 'signed-in':
      return (
        <>
          <Kept>{children(session)}</Kept>
        </>
      )
  }
}

interface KeptProps {
  readonly isCovered?: boolean
  readonly children: ReactNode
}

/** Covered, not taken away, and at the same place: what is half done there is as it was when the user is back. */
function Kept({ isCovered = false, children }: KeptProps) {
  return (
    <div className="session-kept" hidden={isCovered}>
      {children}
    </div>
  )
}

function asItWas({ view }: Ended): SignedIn {
  return { status: 'signed-in', view, lives: tokenLives.getSnapshot() }
}
