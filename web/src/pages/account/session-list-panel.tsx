import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { sessionsQuery, type ListedSession } from '../../api/sessions.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { useEndAllSessions } from '../../session/use-end-sessions.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Waiting } from '../../ui/waiting.tsx'
import { placeOf, SessionListItem } from './session-list-item.tsx'

/** The user's own sessions on all their devices, each with a way to end it from here. */
export function SessionListPanel({ sub }: { readonly sub: string }) {
  const { data: sessions, error, refetch } = useQuery(sessionsQuery(sub))
  const [said, setSaid] = useState('')
  const heading = useRef<HTMLHeadingElement>(null)

  function sayEnded(session: ListedSession): void {
    setSaid(`Signed out ${placeOf(session)}.`)
    // The button that had it is gone.
    heading.current?.focus()
  }

  return (
    <Panel title="Where you are signed in" anchor="devices" headingRef={heading}>
      {sessions && sessions.length > 0 && (
        <ul className="places" role="list">
          {sessions.map((session) => (
            <SessionListItem key={session.id} sub={sub} session={session} onEnded={sayEnded} />
          ))}
        </ul>
      )}
      {sessions?.length === 0 && (
        <p className="soft">Nothing is listed yet. This session will be, once it has been used.</p>
      )}
      {!sessions && !error && <Waiting what="your sessions" lines={3} />}
      {error && !sessions && (
        <CallFailureNotice
          error={error}
          title="Your sessions could not be loaded."
          retry={() => void refetch()}
        />
      )}
      {error && sessions && <p className="soft small">This list may be out of date.</p>}
      <p className="places-status" role="status">
        {said}
      </p>
      {/* With this one alone, the header's button says the same. */}
      {sessions && sessions.length > 1 && <EndAll count={sessions.length} />}
    </Panel>
  )
}

function EndAll({ count }: { readonly count: number }) {
  const { mutate, isPending, error } = useEndAllSessions()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <div>
        <Button look="alarm" inert={isPending} onPress={() => setAsking(true)}>
          {isPending ? 'Signing out…' : 'Sign out everywhere'}
        </Button>
      </div>
      {asking && (
        <ConfirmDialog
          title="Sign out everywhere?"
          deed={`Sign out of all ${count} places`}
          onConfirm={() => mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            All your sessions end at once, this one too. The tokens of this one are revoked now,
            those of another place as soon as its browser shows up, or they run out. You may stay
            signed in at the provider.
          </p>
        </ConfirmDialog>
      )}
      {error && <CallFailureNotice error={error} title="Signing out everywhere did not work." />}
    </>
  )
}
