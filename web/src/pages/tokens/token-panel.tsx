import { useSyncExternalStore } from 'react'
import { callLog } from '../../api/call-log.ts'
import type { SignedIn, TokenLife } from '../../session/session.ts'
import { clockDuration, spokenDuration } from '../../ui/duration.ts'
import { Panel } from '../../ui/panel.tsx'
import { AskProvider } from './ask-provider.tsx'
import { CallNow } from './call-now.tsx'
import { RefreshAnnouncer } from './refresh-announcer.tsx'
import { TimelineChart } from './timeline-chart.tsx'
import { TimelineKey } from './timeline-key.tsx'
import { layTimeline, sessionEnd, type Seen } from './timeline.ts'
import { TokenTable } from './token-table.tsx'
import { tokenPhase } from './token-phase.ts'
import './tokens.css'

interface TokenPanelProps {
  readonly session: SignedIn
  readonly now: number
}

/** The lives of the tokens: in a figure, in a picture, in a table. */
export function TokenPanel({ session: { view, lives }, now }: TokenPanelProps) {
  const calls = useSyncExternalStore(callLog.subscribe, callLog.snapshot)
  const { token, user } = view
  const phase = tokenPhase(token, now)
  const seen = { lives, calls, session: view.session }
  return (
    <Panel
      title={token.refreshable ? 'Access and refresh token' : 'Access token'}
      anchor="tokens"
      look="raised"
    >
      <RefreshAnnouncer refreshCount={token.refreshCount} />
      <div className="token-state">
        <p className="reading">
          <span className="reading-figure figures">{clockDuration(phase.secondsLeft)}</span>{' '}
          <span className="soft">{phase.until}</span>
        </p>
        <p>{phase.consequence}</p>
        <p className="token-count">
          Refreshed <span className="figures">{token.refreshCount}</span>{' '}
          {token.refreshCount === 1 ? 'time' : 'times'}
        </p>
      </div>
      <TimelineChart timeline={layTimeline(seen, now)} summary={summaryOf(seen, token, now)} />
      <TimelineKey refreshable={token.refreshable} />
      <CallNow sub={user.sub} refreshCount={token.refreshCount} />
      <AskProvider />
      <TokenTable {...seen} />
    </Panel>
  )
}

function summaryOf({ session }: Seen, token: TokenLife, now: number): string {
  const { secondsLeft, until, consequence } = tokenPhase(token, now)
  const left = secondsLeft > 0 ? `${spokenDuration(secondsLeft)} ${until}` : until
  const access = `Access token: ${left}. ${consequence}`
  if (!token.refreshable) return access
  const kept = spokenDuration(sessionEnd(session) - now)
  return `${access} Refresh token: exchanged at each refresh, ${token.refreshCount} so far, and kept until the session ends in ${kept}.`
}
