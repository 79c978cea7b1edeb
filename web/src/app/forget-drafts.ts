import { isSignedIn } from '@strongroom/client'
import { session } from '../api/bff.ts'
import { forgetDrafts } from '../pages/notes/note-drafts.ts'

/**
 * Whoever leaves here on purpose leaves nothing behind for the next at this machine, nor does anybody to whom another succeeds,
 * whatever page is open. Who was signed out from elsewhere while they were typing may be back in a moment.
 */
export function forgetDraftsInTime(): void {
  session.subscribe(() => {
    const state = session.getSnapshot()
    if (state.status === 'signed-out') forgetDrafts()
    else if (isSignedIn(state)) forgetDrafts(state.view.user.sub)
  })
}
