import type { EndedState } from '@strongroom/client'
import { useStrongroom } from '@strongroom/client/react'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { userName } from './user-name.ts'

/** This page was drawn for somebody else than who is signed in now. Nothing goes out before that is clear. */
export function UserChangedDialog({ ended }: { readonly ended: EndedState }) {
  const session = useStrongroom()
  const before = userName(ended.view.user)
  const now = ended.successor ? userName(ended.successor.user) : 'Somebody else'
  return (
    <Dialog title={`${now} is signed in now.`}>
      <p>
        That happened in another tab. What this page showed was {before}’s, and nothing of it was
        sent.
      </p>
      <p>What {before} had written here and not saved is discarded.</p>
      <div className="row">
        <Button look="strong" onPress={() => void session.acceptUser()}>
          {ended.successor ? `Continue as ${now}` : 'Continue'}
        </Button>
      </div>
    </Dialog>
  )
}
