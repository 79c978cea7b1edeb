import { useSyncExternalStore } from 'react'
import { callLog } from '../../api/call-log.ts'
import type { SignedIn, TokenLife } from '../../session/session.ts'
import { clockDuration, spokenDuration } from '../../ui/duration.ts'
import { Panel } from '../../ui/panel.tsx'
import { CallNow } from './call-now.tsx'
import { TimelineChart } from './timeline-chart.tsx'
import { TimelineKey } from './timeline-key.tsx'
import { layTimeline } from './timeline.ts'
import { TokenTable } from './token-table.tsx'
import { tokenPhase, type TokenPhase } from './token-phase.ts'

interface TokenPanelProps {
  readonly session: SignedIn
  readonly now: number
}

export function TokenPanel({ session, now }: TokenPanelProps) {
  const calls = useSyncExternalStore(callLog.subscribe, callLog.snapshot)
  const { token, user } = session.view
  const phase = tokenPhase(token, now)
  return (
    <Panel title="Access token">
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
      <div className="stack stack-tight">
        <TimelineChart
          timeline={layTimeline(session.lives, calls, now)}
          summary={summaryOf(phase, token)}
        />
        <TimelineKey />
      </div>
      <CallNow sub={user.sub} refreshCount={token.refreshCount} />
      <TokenTable lives={session.lives} calls={calls} />
    </Panel>
  )
}

function summaryOf({ secondsLeft, until, consequence }: TokenPhase, token: TokenLife): string {
  const left = secondsLeft > 0 ? `${spokenDuration(secondsLeft)} ${until}` : until
  return `Access token: ${left}. ${consequence} Refreshes so far: ${token.refreshCount}.`
}
