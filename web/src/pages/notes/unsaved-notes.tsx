import { useLoginPath } from '../../session/sign-in-link.tsx'
import { changeDrafts, useNoteDrafts } from './note-drafts.ts'
import { NoteEditor } from './note-editor.tsx'
import { NoteForm } from './note-form.tsx'

/** What the user had typed when the session ended. */
export function UnsavedNotes() {
  const { newText, edits, unsent } = useNoteDrafts()
  const loginPath = useLoginPath()
  const changed = Object.entries(edits)
  if (!newText && changed.length === 0 && unsent.length === 0) {
    return <p>You will see your notes here again once you have signed in.</p>
  }
  return (
    <>
      <p>
        What you were typing is still here, and is kept in this tab. <a href={loginPath}>Sign in</a>{' '}
        and carry on.
      </p>
      <NoteForm
        text={newText}
        onChange={(text) => changeDrafts(undefined, () => ({ newText: text }))}
      />
      {changed.map(([id, edit]) => (
        <NoteEditor
          key={id}
          text={edit.text}
          takeFocus={false}
          onChange={(text) =>
            changeDrafts(undefined, (before) => ({
              edits: { ...before.edits, [id]: { ...edit, text } },
            }))
          }
        />
      ))}
      {unsent.length > 0 && (
        <ul className="notes" role="list">
          {unsent.map(({ id, text }) => (
            <li key={id} className="note note-unsent">
              <p className="note-text">{text}</p>
              <p className="soft small">Not saved yet</p>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
