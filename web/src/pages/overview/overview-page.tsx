import { useServerNow } from '../../session/use-server-now.ts'
import type { SignedIn } from '../../session/session.ts'
import { userName } from '../../session/user-name.ts'
import { PageHeading } from '../../ui/page-heading.tsx'
import { TokenPanel } from '../tokens/token-panel.tsx'
import { sessionEnd } from '../tokens/timeline.ts'
import { clockDuration } from '../../ui/duration.ts'
import { ScriptVerdict } from './script-verdict.tsx'
import { Summary } from './summary.tsx'
import { BrokenGrantsNotice } from '../account/broken-grants-notice.tsx'
import './overview.css'

export function OverviewPage({ session }: { readonly session: SignedIn }) {
  const now = useServerNow()
  const { view } = session
  return (
    <div className="stack">
      <PageHeading title="Overview">
        <p className="soft">
          You are signed in as {userName(view.user)}. The tokens that prove it stay on the server.
        </p>
      </PageHeading>
      <BrokenGrantsNotice view={view} />
      <TokenPanel session={session} now={now} />
      <div className="summaries">
        <Summary title="In this page" link="What script can see" to="/account#script">
          <ScriptVerdict view={view} />
        </Summary>
        <Summary title="Your session" link="Session and devices" to="/account#session">
          <span className="figures">{clockDuration(sessionEnd(view.session) - now)}</span> left if
          you do nothing
        </Summary>
        <Summary title="Between page and API" link="Compare a call on both sides" to="/console">
          One header more
        </Summary>
      </div>
    </div>
  )
}
