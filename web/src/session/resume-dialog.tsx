import type { EndedState } from '@strongroom/client'
import { useStrongroom } from '@strongroom/client/react'
import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { BlockedWindow } from './blocked-window.tsx'
import { endWords } from './end-words.ts'
import { Dialog } from '../ui/dialog.tsx'
import { userName } from './user-name.ts'

interface ResumeDialogProps {
  readonly ended: EndedState
  readonly onClose: () => void
}

/** Offers to sign in again beside the page, so that it is as it was. */
export function ResumeDialog({ ended, onClose }: ResumeDialogProps) {
  const session = useStrongroom()
  const [isBlocked, setBlocked] = useState(false)
  const name = userName(ended.view.user)

  function close(): void {
    session.abandon()
    onClose()
  }

  return (
    <Dialog title="You have been signed out." onClose={close}>
      <p>
        {endWords(ended.reason)} Sign in again as {name}, and this page is as you left it.
      </p>
      {ended.waiting > 0 && <p>{waitingWords(ended.waiting)}</p>}
      {isBlocked && <BlockedWindow href={session.resumePath()} />}
      <div className="row">
        <Button look="strong" onPress={() => setBlocked(!session.resume())}>
          Sign in again
        </Button>
        <Button onPress={close}>Not now</Button>
      </div>
    </Dialog>
  )
}

function waitingWords(count: number): string {
  return count === 1
    ? 'What you did last waits, and is sent as soon as you are back.'
    : `${count} things that you did wait, and are sent as soon as you are back.`
}
