import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { notesQuery, type Note } from '../../api/notes.ts'
import { CallFailureNotice } from '../../session/call-failure-notice.tsx'
import { Button } from '../../ui/button.tsx'
import { Waiting } from '../../ui/waiting.tsx'
import { changeDrafts, useNoteDrafts } from './note-drafts.ts'
import { NoteForm } from './note-form.tsx'
import { NoteList } from './note-list.tsx'
import { useNoteChanges } from './use-note-changes.ts'

export function Notebook({ sub }: { readonly sub: string }) {
  const { data: notes, error, refetch, isFetching } = useQuery(notesQuery(sub))
  const drafts = useNoteDrafts(sub)
  const [said, setSaid] = useState('')
  const [deleted, setDeleted] = useState<Note | null>(null)
  const changes = useNoteChanges(sub, setSaid)
  const heading = useRef<HTMLHeadingElement>(null)

  function add(text: string, important = false, done?: string): void {
    const createdAt = new Date().toISOString()
    const unsent = { id: `unsent:${createdAt}:${Math.random()}`, text, createdAt, important }
    changeDrafts(sub, (before) => ({ unsent: [...before.unsent, unsent] }))
    setSaid('')
    setDeleted(null)
    changes.add(unsent, done)
  }

  function remove(note: Note): void {
    setSaid('')
    setDeleted(note)
    changes.remove(note)
  }

  function undo(note: Note): void {
    add(note.text, note.important, 'Note restored.')
    heading.current?.focus()
  }

  const failedToDelete = deleted && changes.states.get(deleted.id)?.status === 'failed'
  const isEmpty = notes?.length === 0 && drafts.unsent.length === 0
  return (
    <div className="notebook">
      <NoteForm
        text={drafts.newText}
        onChange={(newText) => changeDrafts(sub, () => ({ newText }))}
        onAdd={(text, important) => {
          changeDrafts(sub, () => ({ newText: '' }))
          add(text, important)
        }}
      />
      <section className="stack stack-tight" aria-labelledby="your-notes">
        <h2 id="your-notes" ref={heading} tabIndex={-1}>
          Your notes
        </h2>
        <div className="notes-status" role="status">
          {deleted && !failedToDelete ? (
            <Deleted key={deleted.id} onUndo={() => undo(deleted)} />
          ) : (
            said
          )}
        </div>
        {error && !notes && (
          <CallFailureNotice
            error={error}
            title="Your notes could not be loaded."
            retry={() => void refetch()}
          />
        )}
        {error && notes && (
          <p className="row soft">
            The list may be out of date.{' '}
            <Button look="quiet" onPress={() => void refetch()}>
              Look again
            </Button>
          </p>
        )}
        {!notes && isFetching && <Waiting what="your notes" lines={5} />}
        {isEmpty && <p className="soft">No notes yet. What you write first goes here.</p>}
        {(notes ?? drafts.unsent.length > 0) && (
          <NoteList
            sub={sub}
            notes={notes ?? []}
            drafts={notes ? drafts : { ...drafts, edits: {} }}
            changes={changes}
            onAdd={add}
            onDelete={remove}
            heading={heading}
          />
        )}
      </section>
    </div>
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
