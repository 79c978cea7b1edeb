import { csrfHeader } from '@strongroom/client'
import type { ReactNode } from 'react'
import { whoamiPath, type SeenByApi } from '../../api/whoami.ts'

/** What matters of a call, on both sides of Strongroom. */
export function CallComparison({ seen }: { readonly seen: SeenByApi }) {
  return (
    <table className="compare">
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col">This page sent</th>
          <th scope="col">The API received</th>
        </tr>
      </thead>
      <tbody>
        <Row
          part="Request"
          sent={<code>GET {whoamiPath}</code>}
          received={
            <code>
              {seen.method} {seen.path}
            </code>
          }
        />
        <Row
          part="Authorization"
          sent={<Nothing />}
          received={<Header seen={seen} name="authorization" />}
        />
        <Row
          part="Cookie"
          sent="added by the browser; script can’t read it"
          received={<Header seen={seen} name="cookie" />}
        />
        <Row
          part={csrfHeader.name}
          sent={<code>{csrfHeader.value}</code>}
          received={<Header seen={seen} name={csrfHeader.name.toLowerCase()} />}
        />
      </tbody>
    </table>
  )
}

interface RowProps {
  readonly part: string
  readonly sent: ReactNode
  readonly received: ReactNode
}

function Row({ part, sent, received }: RowProps) {
  return (
    <tr>
      <th scope="row">{part}</th>
      <td data-column="This page sent">{sent}</td>
      <td data-column="The API received">{received}</td>
    </tr>
  )
}

function Header({ seen, name }: { readonly seen: SeenByApi; readonly name: string }) {
  const value = seen.headers[name]
  return value === undefined ? <Nothing /> : <code>{value}</code>
}

function Nothing() {
  return <span className="none">nothing</span>
}
