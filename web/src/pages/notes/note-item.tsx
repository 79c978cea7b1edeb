import { useEffect, useRef } from 'react'
import type { Note } from '../../api/notes.ts'
import { Button } from '../../ui/button.tsx'
import { dayAndTime } from '../../ui/moment.ts'
import { NoteEditor } from './note-editor.tsx'
import { isUnsaved } from './note-list-changes.ts'

interface NoteItemProps {
  readonly note: Note
  /** The text being typed while the note is edited, else `null`. */
  readonly editText: string | null
  readonly onEdit: (text: string | null) => void
  readonly onSave: (text: string) => void
  readonly onDelete: () => void
}

export function NoteItem({ note, editText, onEdit, onSave, onDelete }: NoteItemProps) {
  const editing = editText !== null
  const editButton = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(editing)

  useEffect(() => {
    if (wasEditing.current && !editing) editButton.current?.focus()
    wasEditing.current = editing
  }, [editing])

  if (editing) {
    return (
      <li className="note">
        <NoteEditor
          text={editText}
          onChange={onEdit}
          onSave={onSave}
          onCancel={() => onEdit(null)}
        />
      </li>
    )
  }
  const unsaved = isUnsaved(note)
  return (
    <li className="note">
      <p className="note-text">{note.text}</p>
      <div className="note-foot">
        <span className="soft small">{unsaved ? 'Saving…' : <NoteTime note={note} />}</span>
        <span>
          <Button
            ref={editButton}
            look="quiet"
            inert={unsaved}
            label={`Edit “${excerpt(note.text)}”`}
            onPress={() => onEdit(note.text)}
          >
            Edit
          </Button>
          <Button
            look="quiet"
            inert={unsaved}
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

function NoteTime({ note: { createdAt, updatedAt } }: { readonly note: Note }) {
  return (
    <>
      <time dateTime={createdAt}>{dayAndTime(Date.parse(createdAt) / 1_000)}</time>
      {updatedAt !== createdAt && ', edited'}
    </>
  )
}

function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
