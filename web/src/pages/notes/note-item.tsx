import { useEffect, useRef, useState } from 'react'
import type { Note } from '../../api/notes.ts'
import { Button } from '../../ui/button.tsx'
import { dayAndTime } from '../../ui/moment.ts'
import type { NoteEdit } from './draft-shapes.ts'
import { NoteEditor } from './note-editor.tsx'
import { isOutdated } from './note-failure.ts'
import { hasConflict } from './note-entries.ts'
import { NoteTrouble } from './note-trouble.tsx'
import type { ChangeState } from './use-note-changes.ts'

interface NoteItemProps {
  readonly note: Note
  readonly edit: NoteEdit | undefined
  readonly state: ChangeState | undefined
  readonly onEdit: (edit: NoteEdit | null) => void
  readonly onSave: (text: string, base: string) => void
  readonly onDelete: () => void
}

/** A note of the API's, as it is, or as it is being changed. */
export function NoteItem({ note, edit, state, onEdit, onSave, onDelete }: NoteItemProps) {
  const saving = state?.status === 'pending'
  const editing = edit !== undefined && !saving
  const editButton = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(editing)
  const [openedWithEdit] = useState(edit !== undefined)

  useEffect(() => {
    if (wasEditing.current && !editing) editButton.current?.focus()
    wasEditing.current = editing
  }, [editing])

  if (editing) {
    const conflict = hasConflict(note, edit)
    return (
      <li className="note">
        <NoteEditor
          text={edit.text}
          takeFocus={!openedWithEdit}
          onChange={(text) => onEdit({ ...edit, text })}
          onSave={(text) => onSave(text, edit.base)}
          onCancel={() => onEdit(null)}
        >
          {conflict ? (
            <NoteTrouble title="Somebody has changed this note meanwhile">
              <blockquote className="note-text">{note.text}</blockquote>
              <Button onPress={() => onSave(edit.text.trim(), note.updatedAt)}>Keep mine</Button>
              <Button onPress={() => onEdit(null)}>Take theirs</Button>
            </NoteTrouble>
          ) : (
            state?.error &&
            state.deed === 'change' && (
              <NoteTrouble
                title={
                  isOutdated(state.error)
                    ? 'Not saved, as somebody has changed this note meanwhile'
                    : 'Not saved'
                }
                error={isOutdated(state.error) ? null : state.error}
              />
            )
          )}
        </NoteEditor>
      </li>
    )
  }
  return (
    <li className="note">
      <p className="note-text">{edit?.text ?? note.text}</p>
      {state?.error && state.deed === 'delete' && (
        <NoteTrouble title="Not deleted" error={state.error} onRetry={onDelete} />
      )}
      <div className="note-foot">
        <span className="soft small">{saving ? 'Saving…' : <NoteTime note={note} />}</span>
        <span>
          <Button
            ref={editButton}
            look="quiet"
            inert={saving}
            label={`Edit “${excerpt(note.text)}”`}
            onPress={() => onEdit({ text: note.text, base: note.updatedAt })}
          >
            Edit
          </Button>
          <Button
            look="quiet"
            inert={saving}
            label={`Delete “${excerpt(note.text)}”`}
            onPress={onDelete}
          >
            Delete
          </Button>
        </span>
      </div>
    </li>
  )
}

function NoteTime({ note: { createdAt, updatedAt, important } }: { readonly note: Note }) {
  return (
    <>
      <time dateTime={createdAt}>{dayAndTime(Date.parse(createdAt) / 1_000)}</time>
      {updatedAt !== createdAt && ', edited'}
      {important && ', important'}
    </>
  )
}

function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
