import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { SignInLink } from '../../session/sign-in-link.tsx'
import type { SessionState } from '../../session/use-session.ts'
import { PageHeading } from '../../ui/page-heading.tsx'
import { Waiting } from '../../ui/waiting.tsx'
import { Rooms } from './rooms.tsx'
import { VaultDoor } from './vault-door.tsx'
import './welcome.css'

export function WelcomePage({ session }: { readonly session: SessionState }) {
  if (session.status === 'loading') return <Waiting what="your session" />
  return (
    <div className="welcome">
      <VaultDoor />
      <PageHeading title="Signed in, with no token in the browser">
        <p>
          You sign in at an OpenID provider, and the server beside this page keeps the tokens that
          come of it. Script in this page can’t see them: the browser holds one encrypted cookie,
          which script can’t read.
        </p>
      </PageHeading>
      {session.status === 'signed-out' && (
        <p>
          <SignInLink />
        </p>
      )}
      {session.status === 'unknown' && (
        <CallFailureNotice error={session.error} retry={session.retry} />
      )}
      <Rooms />
    </div>
  )
}
