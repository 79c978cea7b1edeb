import { SignedInOnly } from '../../session/signed-in-only.tsx'
import type { SignedIn } from '../../session/session.ts'
import { useServerNow } from '../../session/use-server-now.ts'
import { useSession } from '../../session/use-session.ts'
import { PageHeading } from '../../ui/page-heading.tsx'
import { ScriptViewPanel } from '../script-view/script-view-panel.tsx'
import { EndedTokens } from '../tokens/ended-tokens.tsx'
import { TokenPanel } from '../tokens/token-panel.tsx'
import { BrokenGrantsNotice } from './broken-grants-notice.tsx'
import { GrantsPanel } from './grants-panel.tsx'
import { ProfilePanel } from './profile-panel.tsx'
import { SectionLinks } from './section-links.tsx'
import { SessionListPanel } from './session-list-panel.tsx'
import { SessionPanel } from './session-panel.tsx'
import './account.css'

export function AccountPage() {
  return (
    <div className="stack">
      <PageHeading title="Account">
        <p className="soft">Who you are, where you are signed in, and what is kept for you.</p>
      </PageHeading>
      <SignedInOnly what="your account" afterwards={<Afterwards />}>
        {(session) => <Account session={session} />}
      </SignedInOnly>
    </div>
  )
}

function Account({ session }: { readonly session: SignedIn }) {
  const now = useServerNow()
  const { view } = session
  return (
    <div className="account">
      <SectionLinks />
      <div className="stack stack-wide">
        <BrokenGrantsNotice view={view} />
        <ProfilePanel view={view} />
        <SessionPanel session={session} now={now} />
        <SessionListPanel sub={view.user.sub} />
        <GrantsPanel sub={view.user.sub} />
        <TokenPanel session={session} now={now} />
        <ScriptViewPanel view={view} />
      </div>
    </div>
  )
}

function Afterwards() {
  const session = useSession()
  if (session.status !== 'ended') return null
  return <EndedTokens session={session} />
}
