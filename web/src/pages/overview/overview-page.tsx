import { useServerNow } from '../../session/use-server-now.ts'
import type { SignedIn } from '../../session/session.ts'
import { userName } from '../../session/user-name.ts'
import { Facts } from '../../ui/facts.tsx'
import { PageHeading } from '../../ui/page-heading.tsx'
import { Panel } from '../../ui/panel.tsx'
import { wireValue } from '../../ui/wire-value.ts'
import { RefreshAnnouncer } from './refresh-announcer.tsx'
import { ScriptViewPanel } from './script-view-panel.tsx'
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
      <RefreshAnnouncer refreshCount={view.token.refreshCount} />
      <TokenPanel session={session} now={now} />
      <div className="overview-columns">
        <ScriptViewPanel view={view} />
        <div className="stack">
          <SessionPanel session={session} now={now} />
          <Panel title="Who you are">
            <Facts
              code
              facts={[
                ...Object.entries(view.user).map(
                  ([name, value]) => [name, wireValue(value)] as const,
                ),
                ['scopes', view.token.scopes.join(' ')],
              ]}
            />
          </Panel>
        </div>
      </div>
    </div>
  )
}
