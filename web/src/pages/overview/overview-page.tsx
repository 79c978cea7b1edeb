import { useServerNow } from '../../session/use-server-now.ts'
import type { SignedIn } from '../../session/session.ts'
import { userName } from '../../session/user-name.ts'
import { Facts } from '../../ui/facts.tsx'
import { PageHeading } from '../../ui/page-heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { wireValue } from '../../ui/wire-value.ts'
import { BrokenGrantsNotice } from '../account/broken-grants-notice.tsx'
import { GrantsPanel } from '../account/grants-panel.tsx'
import { RefreshAnnouncer } from './refresh-announcer.tsx'
import { ScriptViewPanel } from './script-view-panel.tsx'
import { SessionListPanel } from './session-list-panel.tsx'
import { SessionPanel } from './session-panel.tsx'
import { TokenPanel } from './token-panel.tsx'
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
      <RefreshAnnouncer refreshCount={view.token.refreshCount} />
      <TokenPanel session={session} now={now} />
      <div className="overview-columns">
        <div className="stack">
          <ScriptViewPanel view={view} />
          <Panel title="Who you are">
            <Facts
              code
              facts={Object.entries(view.user).map(([name, value]) => [name, wireValue(value)])}
            />
          </Panel>
        </div>
        <div className="stack">
          <SessionPanel session={session} now={now} />
          <SessionListPanel sub={view.user.sub} />
          <GrantsPanel sub={view.user.sub} />
        </div>
      </div>
    </div>
  )
}
