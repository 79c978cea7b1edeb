import { useId, useState } from 'react'
import type { ListedSession } from '../../api/sessions.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { useEndSession } from '../../session/use-end-sessions.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { dayAndTime } from '../../ui/moment.ts'

interface SessionListItemProps {
  readonly sub: string
  readonly session: ListedSession
  readonly onEnded: (session: ListedSession) => void
}

export function SessionListItem({ sub, session, onEnded }: SessionListItemProps) {
  const detailsId = useId()
  const { mutate, isPending, error } = useEndSession(sub, onEnded)
  const [asking, setAsking] = useState(false)
  const place = placeOf(session)
  return (
    <li className="place">
      <div>
        <p className="place-name">
          {place} {session.current && <span className="place-current">this one</span>}
        </p>
        <p id={detailsId} className="place-details soft small">
          <span>
            Since <Time at={session.startedAt} />,
          </span>{' '}
          <span>
            last used <Time at={session.seenAt} />,
          </span>{' '}
          <span>network {session.address ?? 'unknown'}</span>
        </p>
      </div>
      {!session.current && (
        <Button
          inert={isPending}
          label={`${isPending ? 'Signing out' : 'Sign out'} ${place}`}
          describedBy={detailsId}
          onPress={() => setAsking(true)}
        >
          {isPending ? 'Signing out…' : 'Sign out'}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          title={`Sign out ${place}?`}
          deed="Sign out there"
          onConfirm={() => mutate(session)}
          onClose={() => setAsking(false)}
        >
          <p>
            The session there ends at once, and whoever uses it must sign in again. Its tokens are
            revoked as soon as that browser shows up, or run out.
          </p>
        </ConfirmDialog>
      )}
      {error && <CallFailureNotice error={error} title="It was not signed out." />}
    </li>
  )
}

/** Where a session is, as one says it: `Firefox on desktop, Linux`. */
export function placeOf({ browser, device }: ListedSession): string {
  return `${browser ?? 'Unknown browser'} on ${device ?? 'unknown device'}`
}

function Time({ at }: { readonly at: number }) {
  return <time dateTime={new Date(at * 1_000).toISOString()}>{dayAndTime(at)}</time>
}
