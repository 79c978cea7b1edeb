import type { RefObject } from 'react'
import type { Note } from '../../api/notes.ts'
import type { NoteDrafts, NoteEdit } from './draft-shapes.ts'
import { changeDrafts, withoutEdit } from './note-drafts.ts'
import { NoteItem } from './note-item.tsx'
import { listEntries, type NoteEntry } from './note-entries.ts'
import { UnsentItem } from './unsent-item.tsx'
import type { useNoteChanges } from './use-note-changes.ts'

interface NoteListProps {
  readonly sub: string
  readonly notes: readonly Note[]
  readonly drafts: NoteDrafts
  readonly changes: ReturnType<typeof useNoteChanges>
  readonly onAdd: (text: string) => void
  readonly onDelete: (note: Note) => void
  /** Takes the focus when the entry that had it goes. */
  readonly heading: RefObject<HTMLHeadingElement | null>
}

export function NoteList(props: NoteListProps) {
  const { sub, notes, drafts, changes, onAdd, onDelete, heading } = props
  const leaving = new Set(
    [...changes.states]
      .filter(([, { deed, status }]) => deed === 'delete' && status === 'pending')
      .map(([id]) => id),
  )

  function setEdit(id: string, edit: NoteEdit | null): void {
    if (edit === null) changes.forget(id)
    changeDrafts(sub, ({ edits }) => ({
      edits: edit === null ? withoutEdit(edits, id) : { ...edits, [id]: edit },
    }))
  }

  function save(note: Note, text: string, base: string): void {
    if (text === note.text) return setEdit(note.id, null)
    setEdit(note.id, { text, base })
    changes.change(note.id, text, base)
  }

  function dropUnsent(id: string): void {
    changes.forget(id)
    changeDrafts(sub, ({ unsent }) => ({ unsent: unsent.filter((note) => note.id !== id) }))
    heading.current?.focus()
  }

  function dropOrphan(id: string): void {
    setEdit(id, null)
    heading.current?.focus()
  }

  function item(entry: NoteEntry) {
    const state = changes.states.get(entry.id)
    if (entry.kind === 'saved') {
      return (
        <NoteItem
          key={entry.id}
          note={entry.note}
          edit={entry.edit}
          state={state}
          onEdit={(edit) => setEdit(entry.id, edit)}
          onSave={(text, base) => save(entry.note, text, base)}
          onDelete={() => onDelete(entry.note)}
        />
      )
    }
    if (entry.kind === 'unsent') {
      return (
        <UnsentItem
          key={entry.id}
          text={entry.text}
          title={state ? 'Not saved' : 'Not saved yet'}
          state={state}
          saveLabel={state ? 'Try again' : 'Save'}
          onSave={() => changes.add(entry)}
          onDiscard={() => dropUnsent(entry.id)}
        />
      )
    }
    return (
      <UnsentItem
        key={entry.id}
        text={entry.edit.text}
        title="This note was deleted elsewhere. This is your text"
        state={undefined}
        saveLabel="Save as a new note"
        onSave={() => {
          onAdd(entry.edit.text)
          dropOrphan(entry.id)
        }}
        onDiscard={() => dropOrphan(entry.id)}
      />
    )
  }

  return (
    <ul className="notes" role="list">
      {listEntries(notes, drafts, leaving).map(item)}
    </ul>
  )
}
