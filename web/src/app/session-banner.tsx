import { ProblemError, type EndedState } from '@strongroom/client'
import { useSession } from '@strongroom/client/react'
import { useState } from 'react'
import { CallFailureNotice } from '../session/call-failure-notice.tsx'
import { endWords } from '../session/end-words.ts'
import { ExpiryWarning } from '../session/expiry-warning.tsx'
import { ResumeDialog } from '../session/resume-dialog.tsx'
import { SignInLink } from '../session/sign-in-link.tsx'
import { UserChangedDialog } from '../session/user-changed-dialog.tsx'
import { Notice } from '../ui/notice.tsx'
import { useOnline } from '../ui/use-online.ts'

/** What is wrong with the session, if anything, on every page. */
export function SessionBanner() {
  const session = useSession()
  const online = useOnline()
  switch (session.status) {
    case 'loading':
    case 'signed-out':
      return null
    case 'ended':
      return <Ended key={session.reason} ended={session} />
    case 'signed-in':
    case 'degraded':
      if (session.failure) {
        // The page says already that the network is gone.
        if (!online && session.failure.kind === 'no-answer') return null
        return (
          <CallFailureNotice
            error={new ProblemError(session.failure)}
            title="What you see of the session may be out of date."
          />
        )
      }
      if (session.expiring) return <ExpiryWarning expiring={session.expiring} />
      return session.status === 'degraded' ? <Degraded /> : null
  }
}

function Ended({ ended }: { readonly ended: EndedState }) {
  const [isClosed, setClosed] = useState(false)
  if (ended.reason === 'user-changed') return <UserChangedDialog ended={ended} />
  // Who signed out in another tab knows.
  if (!isClosed && ended.reason !== 'signed-out') {
    return <ResumeDialog ended={ended} onClose={() => setClosed(true)} />
  }
  return (
    <Notice
      tone="alarm"
      title="You have been signed out."
      advice={`${endWords(ended.reason)} Sign in to return to this page.`}
    >
      <SignInLink />
    </Notice>
  )
}

function Degraded() {
  return (
    <Notice
      title="The access token has run out, and the sign-in service can’t be reached to renew it."
      advice="You are still signed in. Calls to the API work again as soon as it answers."
    />
  )
}
