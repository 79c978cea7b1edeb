import { useState, useSyncExternalStore } from 'react'
import { stepUp } from '../api/bff.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { BlockedWindow } from './blocked-window.tsx'

/** Offers the sign-in that a call waits for, beside the page, so that it is as it was. */
export function StepUpDialog() {
  const isAsked = useSyncExternalStore(stepUp.subscribe, stepUp.getSnapshot) !== null
  return isAsked ? <Asked /> : null
}

function Asked() {
  const [isBlocked, setBlocked] = useState(false)
  return (
    <Dialog title="Confirm it’s you." onClose={stepUp.cancel}>
      <p>
        What you did last needs you to sign in once more. It waits, and is sent as soon as you are
        back.
      </p>
      {isBlocked && <BlockedWindow href={stepUp.path()} />}
      <div className="row">
        <Button look="strong" onPress={() => setBlocked(!stepUp.open())}>
          Sign in once more
        </Button>
        <Button onPress={stepUp.cancel}>Not now</Button>
      </div>
    </Dialog>
  )
}
