import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { grantsQuery } from '../../api/grants.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Waiting } from '../../ui/waiting.tsx'
import { GrantItem } from './grant-item.tsx'
import './grants.css'

/** What the app may do while the user is away: to connect, to watch and to withdraw. */
export function GrantsPanel({ sub }: { readonly sub: string }) {
  const { data: grants, error, refetch } = useQuery(grantsQuery(sub))
  const [said, setSaid] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)

  function sayWithdrawn(text: string): void {
    setSaid(text)
    // The button that had it is gone.
    heading.current?.focus()
  }

  return (
    <Panel anchor="grants" title="While you are away" headingRef={heading}>
      {grants && grants.length > 0 && (
        <ul className="grants" role="list">
          {grants.map((grant) => (
            <GrantItem
              key={grant.name}
              sub={sub}
              grant={grant}
              onSaid={setSaid}
              onWithdrawn={sayWithdrawn}
            />
          ))}
        </ul>
      )}
      {grants?.length === 0 && <p className="soft">This app does nothing while you are away.</p>}
      {!grants && !error && <Waiting what="what runs while you are away" />}
      {error && !grants && (
        <CallFailureNotice
          error={error}
          title="What runs while you are away could not be loaded."
          retry={() => void refetch()}
        />
      )}
      {error && grants && <p className="soft small">This may be out of date.</p>}
      <p className="grants-status" role="status">
        {said}
      </p>
    </Panel>
  )
}
