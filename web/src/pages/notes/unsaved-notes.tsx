import { useLoginPath } from '../../session/sign-in-link.tsx'
import { NoteForm } from './note-form.tsx'
import { useNoteDrafts } from './note-drafts.ts'

/** What the user was typing when the session ended. */
export function UnsavedNotes() {
  const { drafts, setNewText, setEdit } = useNoteDrafts()
  const loginPath = useLoginPath()
  const { newText, edit } = drafts
  if (!newText && !edit) return <p>You will see your notes here again once you have signed in.</p>
  return (
    <>
      <p>
        What you were typing is still here, for as long as this page stays open.{' '}
        <a href={loginPath} target="_blank" rel="noopener">
          Continue in a new tab
        </a>
        , come back, and carry on.
      </p>
      <NoteForm text={newText} onChange={setNewText} />
      {edit && (
        <div className="note-form">
          <label htmlFor="unsaved-edit">Changed note</label>
          <textarea
            id="unsaved-edit"
            rows={3}
            value={edit.text}
            onChange={(event) => setEdit({ ...edit, text: event.target.value })}
          />
        </div>
      )}
    </>
  )
}
