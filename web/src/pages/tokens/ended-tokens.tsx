import { useSyncExternalStore } from 'react'
import { callLog } from '../../api/call-log.ts'
import type { Ended } from '../../session/session.ts'
import { tokenLives } from '../../session/token-lives.ts'
import { useServerNow } from '../../session/use-server-now.ts'
import { timeOfDay } from '../../ui/moment.ts'
import { Panel } from '../../ui/panel.tsx'
import { seenEnd } from './session-end.ts'
import { TimelineChart } from './timeline-chart.tsx'
import { TimelineKey } from './timeline-key.tsx'
import { layTimeline } from './timeline.ts'
import { fateWords, tokenFate } from './token-fate.ts'
import { TokenTable } from './token-table.tsx'
import './tokens.css'

/** What this page saw of the tokens of a session that is over. */
export function EndedTokens({ session }: { readonly session: Ended }) {
  const now = useServerNow()
  const lives = useSyncExternalStore(tokenLives.subscribe, tokenLives.getSnapshot)
  const calls = useSyncExternalStore(callLog.subscribe, callLog.snapshot)
  const end = seenEnd(session)
  const seen = { lives, calls, session: session.view.session, end }
  const summary = fateWords(tokenFate(session.reason), timeOfDay(end.at))
  return (
    <Panel title="The tokens of the session that ended" look="raised">
      <p>{summary}</p>
      <TimelineChart timeline={layTimeline(seen, now)} summary={summary} />
      <TimelineKey refreshable={session.view.token.refreshable} over />
      <TokenTable {...seen} />
    </Panel>
  )
}
