import type { CallRecord } from '../../api/call-log.ts'
import type { TokenLife } from '../../session/session.ts'
import { timeOfDay } from '../../ui/moment.ts'

interface TokenTableProps {
  readonly lives: readonly TokenLife[]
  readonly calls: readonly CallRecord[]
}

/** The timeline for those who read rather than look. */
export function TokenTable({ lives, calls }: TokenTableProps) {
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
              <th scope="row">{life.refreshCount === 0 ? 'sign-in' : life.refreshCount}</th>
              <td>{timeOfDay(life.issuedAt)}</td>
              <td>{life.refreshable ? timeOfDay(life.refreshDueAt) : 'never'}</td>
              <td>{timeOfDay(life.expiresAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="soft small">
        {calls.length === 0
          ? 'This page has not called the API yet.'
          : `Calls of the API by this page: ${calls.length}, the last at ${timeOfDay(calls.at(-1)?.at ?? 0)}.`}
      </p>
    </details>
  )
}
