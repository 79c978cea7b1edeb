import { useMutation, useQueryClient } from '@tanstack/react-query'
import { apiKey } from '../../api/call-api.ts'
import { addNote, changeNote, deleteNote, notesQuery, type Note } from '../../api/notes.ts'
import { replaceNote, unsavedNote, withNote, withoutNote } from './note-list-changes.ts'

const mutationKey = [apiKey, 'notes']

/** Each change is seen at once, and taken back by itself alone if the API refuses it. */
export function useNoteChanges(sub: string) {
  const client = useQueryClient()
  const { queryKey } = notesQuery(sub)

  async function showNow(change: (notes: readonly Note[]) => readonly Note[]): Promise<void> {
    await client.cancelQueries({ queryKey })
    show(change)
  }

  function show(change: (notes: readonly Note[]) => readonly Note[]): void {
    client.setQueryData(queryKey, (notes) => notes && change(notes))
  }

  /** Once, after the last of several changes: an answer to an earlier one would not know the later. */
  function onSettled(): void {
    if (client.isMutating({ mutationKey }) <= 1) void client.invalidateQueries({ queryKey })
  }

  const add = useMutation({
    mutationKey,
    mutationFn: (unsaved: Note) => addNote(unsaved.text),
    onMutate: (unsaved) => showNow((notes) => withNote(notes, unsaved)),
    onSuccess: (note, unsaved) => show((notes) => replaceNote(notes, unsaved.id, note)),
    onError: (_error, unsaved) => show((notes) => withoutNote(notes, unsaved.id)),
    onSettled,
  })

  const change = useMutation({
    mutationKey,
    mutationFn: ({ note, text }: { note: Note; text: string }) => changeNote(note.id, text),
    onMutate: ({ note, text }) =>
      showNow((notes) => replaceNote(notes, note.id, { ...note, text })),
    onSuccess: (changed, { note }) => show((notes) => replaceNote(notes, note.id, changed)),
    onError: (_error, { note }) => show((notes) => replaceNote(notes, note.id, note)),
    onSettled,
  })

  const remove = useMutation({
    mutationKey,
    mutationFn: (note: Note) => deleteNote(note.id),
    onMutate: (note) => showNow((notes) => withoutNote(notes, note.id)),
    onError: (_error, note) => show((notes) => withNote(notes, note)),
    onSettled,
  })

  return { add, change, remove }
}

/** A note for `add`. */
export function newNote(text: string): Note {
  return unsavedNote(text, new Date().toISOString())
}
