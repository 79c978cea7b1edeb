import { dayAndTime, timeOfDay } from '../../ui/moment.ts'
import { sessionEnd, type Seen } from './timeline.ts'

/** The timeline for those who read rather than look. */
export function TokenTable(seen: Seen) {
  const { lives, calls, end } = seen
  return (
    <details className="token-table">
      <summary>The timeline as a table</summary>
      <table>
        <caption>Access tokens since this page was opened, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Refresh</th>
            <th scope="col">Issued</th>
            <th scope="col">Due</th>
            <th scope="col">Expires</th>
          </tr>
        </thead>
        <tbody className="figures">
          {lives.toReversed().map((life) => (
            <tr key={life.refreshCount}>
              <th scope="row">{nameOf(life)}</th>
              <td>{timeOfDay(life.issuedAt)}</td>
              <td>{life.refreshable ? timeOfDay(life.refreshDueAt) : 'never'}</td>
              <td>{timeOfDay(life.expiresAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lives.at(-1)?.refreshable && <RefreshTokenTable {...seen} />}
      {end && (
        <p>
          {end.revoked ? 'Revoked' : 'Session over'} at {timeOfDay(end.at)}.
        </p>
      )}
      <p className="soft small">
        Scopes of the access token: <code>{lives.at(-1)?.scopes.join(' ')}</code>
      </p>
      <p className="soft small">
        {calls.length === 0
          ? 'This page has not called the API yet.'
          : `Calls of the API by this page: ${calls.length}, the last at ${timeOfDay(calls.at(-1)?.at ?? 0)}.`}
      </p>
    </details>
  )
}

function RefreshTokenTable({ lives, session, end }: Pick<Seen, 'lives' | 'session' | 'end'>) {
  const rows = lives.map((life, index) => ({ life, next: lives[index + 1] })).toReversed()
  return (
    <table>
      <caption>
        Refresh token
        {!end &&
          `, kept until the session ends: ${dayAndTime(sessionEnd(session))}, or later if it is used`}
      </caption>
      <thead>
        <tr>
          <th scope="col">Refresh</th>
          <th scope="col">There since</th>
          <th scope="col">Exchanged</th>
        </tr>
      </thead>
      <tbody className="figures">
        {rows.map(({ life, next }) => (
          <tr key={life.refreshCount}>
            <th scope="row">{nameOf(life)}</th>
            <td>{timeOfDay(life.issuedAt)}</td>
            <td>{next ? timeOfDay(next.issuedAt) : end ? 'never' : 'not yet'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function nameOf({ refreshCount }: Seen['lives'][number]): string {
  return refreshCount === 0 ? 'sign-in' : String(refreshCount)
}
