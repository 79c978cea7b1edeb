import { CallFailureNotice } from '../session/call-failure-notice.tsx'
import { SignInLink } from '../session/sign-in-link.tsx'
import { useSession } from '../session/use-session.ts'
import { Notice } from '../ui/notice.tsx'

/** What is wrong with the session, if anything, on every page. */
export function SessionBanner() {
  const session = useSession()
  if (session.status === 'ended') {
    return (
      <Notice
        tone="alarm"
        title="You have been signed out."
        advice="The session has ended. Sign in to return to this page."
      >
        <SignInLink />
      </Notice>
    )
  }
  if (session.status !== 'signed-in') return null
  if (session.trouble) {
    return (
      <CallFailureNotice
        error={session.trouble}
        title="What you see of the session may be out of date."
      />
    )
  }
  if (session.view.session.state === 'degraded') {
    return (
      <Notice
        title="The access token has run out, and the sign-in service can’t be reached to renew it."
        advice="You are still signed in. Calls to the API work again as soon as it answers."
      />
    )
  }
  return null
}
