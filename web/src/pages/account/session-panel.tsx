import type { SignedIn } from '../../session/session.ts'
import { clockDuration } from '../../ui/duration.ts'
import { Facts } from '../../ui/facts.tsx'
import { dayAndTime } from '../../ui/moment.ts'
import { Panel } from '../../ui/panel.tsx'

interface SessionPanelProps {
  readonly session: SignedIn
  readonly now: number
}

export function SessionPanel({ session, now }: SessionPanelProps) {
  const { startedAt, expiresAt, idleExpiresAt } = session.view.session
  return (
    <Panel title="This session" anchor="session">
      <div className="readings">
        <Countdown until="if you do nothing" secondsLeft={idleExpiresAt - now} />
        <Countdown until="whatever you do" secondsLeft={expiresAt - now} />
      </div>
      <Facts
        facts={[
          ['Signed in', dayAndTime(startedAt)],
          ['Ends at the latest', dayAndTime(expiresAt)],
        ]}
      />
      <p className="soft small">
        This page looks at the session every five seconds. Looking does not prolong it; what you do
        here does, every few minutes at most.
      </p>
    </Panel>
  )
}

interface CountdownProps {
  readonly until: string
  readonly secondsLeft: number
}

function Countdown({ until, secondsLeft }: CountdownProps) {
  return (
    <p className="reading">
      <span className="reading-figure figures">{clockDuration(secondsLeft)}</span>{' '}
      <span className="soft">left {until}</span>
    </p>
  )
}
