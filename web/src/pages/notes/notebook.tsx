import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { CallError } from '../../api/call-error.ts'
import { notesQuery, type Note } from '../../api/notes.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { Waiting } from '../../ui/waiting.tsx'
import { useNoteDrafts } from './note-drafts.ts'
import { NoteForm } from './note-form.tsx'
import { NoteItem } from './note-item.tsx'
import { newestFirst } from './note-list-changes.ts'
import { newNote, useNoteChanges } from './use-note-changes.ts'

export function Notebook({ sub }: { readonly sub: string }) {
  const { data: notes, error, refetch, isFetching } = useQuery(notesQuery(sub))
  const { drafts, setNewText, setEdit, restoreNewText, restoreEdit } = useNoteDrafts(sub)
  const { add, change, remove } = useNoteChanges(sub)
  const [said, setSaid] = useState('')
  const [deleted, setDeleted] = useState<Note | null>(null)
  const listHeading = useRef<HTMLHeadingElement>(null)

  function addText(text: string, done: string): void {
    setSaid('')
    setDeleted(null)
    add.mutate(newNote(text), {
      onSuccess: () => setSaid(done),
      onError: () => restoreNewText(text),
    })
  }

  function save(note: Note, text: string): void {
    setEdit(null)
    setSaid('')
    setDeleted(null)
    if (text === note.text) return
    change.mutate(
      { note, text },
      {
        onSuccess: () => setSaid('Note saved.'),
        onError: () => restoreEdit({ id: note.id, text }),
      },
    )
  }

  function discard(note: Note): void {
    setSaid('')
    setDeleted(note)
    remove.mutate(note, {
      onError: () => {
        setDeleted(null)
        listHeading.current?.focus()
      },
    })
  }

  function undo(note: Note): void {
    addText(note.text, 'Note restored.')
    listHeading.current?.focus()
  }

  return (
    <>
      <NoteForm
        text={drafts.newText}
        onChange={setNewText}
        onAdd={(text) => {
          setNewText('')
          addText(text, 'Note added.')
        }}
      />
      {add.error && <CallFailureNotice error={add.error} title="The note was not added." />}
      {change.error && <CallFailureNotice error={change.error} title="The note was not saved." />}
      {remove.error && <CallFailureNotice error={remove.error} title="The note was not deleted." />}
      <section className="stack stack-tight" aria-label="Your notes">
        <h2 ref={listHeading} tabIndex={-1}>
          Your notes
        </h2>
        <div className="notes-status" role="status">
          {deleted ? <Deleted key={deleted.id} onUndo={() => undo(deleted)} /> : said}
        </div>
        {error && (
          <ListTrouble
            error={error}
            title={notes ? 'The list may be out of date.' : 'Your notes could not be loaded.'}
            retry={() => void refetch()}
            quiet={Boolean(add.error ?? change.error ?? remove.error)}
          />
        )}
        {!notes && isFetching && <Waiting what="your notes" />}
        {notes?.length === 0 && <p className="soft">No notes yet. The first one goes above.</p>}
        {notes && notes.length > 0 && (
          <ul className="notes" role="list">
            {newestFirst(notes).map((note) => (
              <NoteItem
                key={note.id}
                note={note}
                editText={drafts.edit?.id === note.id ? drafts.edit.text : null}
                onEdit={(text) => setEdit(text === null ? null : { id: note.id, text })}
                onSave={(text) => save(note, text)}
                onDelete={() => discard(note)}
              />
            ))}
          </ul>
        )}
      </section>
    </>
  )
}

interface ListTroubleProps {
  readonly error: CallError
  readonly title: string
  readonly retry: () => void
  /** An alert about a change says the same already. */
  readonly quiet: boolean
}

function ListTrouble({ error, title, retry, quiet }: ListTroubleProps) {
  if (!quiet) return <CallFailureNotice error={error} title={title} retry={retry} />
  return (
    <p className="row soft">
      {title} <Button onPress={retry}>Try again</Button>
    </p>
  )
}

/** The note that had the focus is gone, so the focus goes to what brings it back. */
function Deleted({ onUndo }: { readonly onUndo: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  return (
    <>
      Note deleted.
      <Button ref={button} onPress={onUndo}>
        Undo
      </Button>
    </>
  )
}
