import { grantConnectPath, type GrantView } from '@strongroom/client'
import { useId } from 'react'
import { useLocation } from 'wouter'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { Facts } from '../../ui/facts.tsx'
import { dayAndTime } from '../../ui/moment.ts'
import {
  brokenText,
  didRun,
  leftText,
  outcomeText,
  stateText,
  withdrawnText,
} from './grant-words.ts'
import { useRunGrant, useWithdrawGrant } from './use-grant-changes.ts'

interface GrantItemProps {
  readonly sub: string
  readonly grant: GrantView
  readonly onSaid: (text: string) => void
  readonly onWithdrawn: (text: string) => void
}

export function GrantItem({ sub, grant, onSaid, onWithdrawn }: GrantItemProps) {
  const titleId = useId()
  const { name, title, sentence, state, broken, missingScopes, offered } = grant
  const run = useRunGrant(sub, (taken) => onSaid(taken ? `A run of ${title} was asked for.` : ''))
  const withdraw = useWithdrawGrant(sub, (outcome) => onWithdrawn(withdrawnText(title, outcome)))
  return (
    <li className="grant">
      <h3 id={titleId}>
        {title} <span className={`grant-state grant-${state}`}>{stateText[state]}</span>
      </h3>
      <p>{sentence}</p>
      {!offered && <p className="grant-trouble">{leftText}</p>}
      {offered && broken && <p className="grant-trouble">{brokenText[broken.reason]}</p>}
      {missingScopes.length > 0 && (
        <p className="grant-trouble">
          Not allowed at the sign-in service: <code>{missingScopes.join(', ')}</code>.
        </p>
      )}
      {(state !== 'not-connected' || grant.lastUsedAt !== null) && <Facts facts={factsOf(grant)} />}
      <div className="row">
        {offered && state === 'connected' && (
          <Button
            inert={run.isPending || grant.running}
            describedBy={titleId}
            onPress={() => run.mutate(name)}
          >
            {grant.running ? 'Running…' : 'Run now'}
          </Button>
        )}
        {offered && state !== 'connected' && (
          <ConnectLink name={name} titleId={titleId} again={state !== 'not-connected'} />
        )}
        {state !== 'not-connected' && (
          <Button
            inert={withdraw.isPending}
            describedBy={titleId}
            onPress={() => withdraw.mutate(name)}
          >
            {withdraw.isPending ? 'Withdrawing…' : 'Withdraw'}
          </Button>
        )}
      </div>
      {run.error && <CallFailureNotice error={run.error} title="It could not be started." />}
      {withdraw.error && <CallFailureNotice error={withdraw.error} title="It was not withdrawn." />}
    </li>
  )
}

interface ConnectLinkProps {
  readonly name: string
  readonly titleId: string
  readonly again: boolean
}

/** A plain link: consenting is a navigation, and it comes back to this very page. */
function ConnectLink({ name, titleId, again }: ConnectLinkProps) {
  const [path] = useLocation()
  return (
    <a
      className="button button-strong"
      aria-describedby={titleId}
      href={grantConnectPath(name, path)}
    >
      {again ? 'Connect again' : 'Connect'}
    </a>
  )
}

/** Of what was withdrawn only what was done with it. */
function factsOf(grant: GrantView) {
  const lastRun = ['Last run', <LastRun key="last" grant={grant} />] as const
  if (grant.state === 'not-connected') return [lastRun]
  return [
    ['Connected', <Time key="connected" at={grant.connectedAt} />],
    ['Ends', <Time key="ends" at={grant.expiresAt} />],
    lastRun,
    ['Next run', <Time key="next" at={grant.nextRunAt} />],
  ] as const
}

function LastRun({ grant: { jobs } }: { readonly grant: GrantView }) {
  const newest = jobs.flatMap(({ runs }) => runs.find(didRun) ?? [])
  const [last] = newest.toSorted((a, b) => b.startedAt - a.startedAt)
  if (!last) return 'Not yet'
  return (
    <>
      <Time at={last.startedAt} />: {last.detail ?? outcomeText(last.outcome)}
    </>
  )
}

function Time({ at }: { readonly at: number | null }) {
  if (at === null) return 'None'
  return <time dateTime={new Date(at * 1_000).toISOString()}>{dayAndTime(at)}</time>
}
