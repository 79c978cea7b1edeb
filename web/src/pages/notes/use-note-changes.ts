import { useMutation, useMutationState, useQueryClient, type Mutation } from '@tanstack/react-query'
import { apiKey } from '../../api/call-api.ts'
import type { CallError } from '../../api/call-error.ts'
import { addNote, changeNote, deleteNote, notesQuery, type Note } from '../../api/notes.ts'
import type { UnsentNote } from './draft-shapes.ts'
import { changeDrafts, withoutEdit } from './note-drafts.ts'
import { isGone } from './note-failure.ts'

interface Change {
  readonly deed: 'add' | 'change' | 'delete'
  readonly id: string
  readonly text: string
  /** The `updatedAt` of the note that a change was made from. */
  readonly base: string
  readonly important: boolean
  /** What is said when it is done. */
  readonly done: string
}

/** What became of the newest change of a note. It is kept beside the note, on whichever page the user is meanwhile. */
export interface ChangeState {
  readonly deed: Change['deed']
  readonly status: 'pending' | 'failed'
  readonly error: CallError | null
}

const mutationKey = [apiKey, 'notes']

/**
 * Changes of notes. A text leaves the drafts only when the API has taken it, so whatever happens on the way, nothing that
 * somebody typed is lost.
 *
 * @param say  tells what has been done
 */
export function useNoteChanges(sub: string, say: (done: string) => void) {
  const client = useQueryClient()
  const { queryKey } = notesQuery(sub)
  const { mutate } = useMutation({
    mutationKey,
    mutationFn: send,
    // One after the other: a note that is brought back at once is there twice for whoever asks before the old one is gone.
    scope: { id: mutationKey.join('/') },
    onSuccess: async (saved, change) => {
      // An answer that is still on its way was made before the change.
      await client.cancelQueries({ queryKey })
      client.setQueryData(queryKey, (notes) => notes && withChange(notes, change, saved))
      dropDraft(sub, change)
    },
    onSettled: () => {
      // Once, after the last of several: an answer to an earlier one would not know the later.
      if (client.isMutating({ mutationKey }) <= 1) void client.invalidateQueries({ queryKey })
    },
  })
  const states = useChangeStates()

  function begin(change: Change): void {
    forget(change.id)
    mutate(change, { onSuccess: () => say(change.done) })
  }

  /** Takes what is said about a failed change away. */
  function forget(id: string): void {
    const cache = client.getMutationCache()
    for (const mutation of cache.findAll({ mutationKey, status: 'error' })) {
      if (changeOf(mutation)?.id === id) cache.remove(mutation)
    }
  }

  return {
    states,
    forget,
    add: ({ id, text, important = false }: Omit<UnsentNote, 'createdAt'>, done = 'Note added.') =>
      begin({ deed: 'add', id, text, base: '', important, done }),
    change: (id: string, text: string, base: string) =>
      begin({ deed: 'change', id, text, base, important: false, done: 'Note saved.' }),
    remove: ({ id, text, updatedAt }: Note) =>
      begin({ deed: 'delete', id, text, base: updatedAt, important: false, done: '' }),
  }
}

async function send({ deed, id, text, base, important }: Change): Promise<Note | null> {
  if (deed === 'add') return addNote(text, important)
  if (deed === 'change') return changeNote(id, text, base)
  await deleteNote(id).catch((error: unknown) => {
    // Deleted elsewhere is deleted.
    if (!isGone(error)) throw error
  })
  return null
}

function withChange(notes: readonly Note[], { id }: Change, saved: Note | null): readonly Note[] {
  if (saved === null) return notes.filter((note) => note.id !== id)
  const isKnown = notes.some((note) => note.id === saved.id)
  return isKnown ? notes.map((note) => (note.id === saved.id ? saved : note)) : [...notes, saved]
}

function dropDraft(sub: string, { deed, id }: Change): void {
  changeDrafts(sub, ({ edits, unsent }) => ({
    edits: withoutEdit(edits, id),
    unsent: deed === 'add' ? unsent.filter((note) => note.id !== id) : unsent,
  }))
}

function useChangeStates(): ReadonlyMap<string, ChangeState> {
  const changes = useMutationState({
    filters: { mutationKey, predicate: ({ state }) => state.status !== 'success' },
    select: (mutation) => [changeOf(mutation), mutation.state] as const,
  })
  const states = new Map<string, ChangeState>()
  for (const [change, { status, error }] of changes) {
    if (!change) continue
    states.set(change.id, {
      deed: change.deed,
      status: status === 'error' ? 'failed' : 'pending',
      error,
    })
  }
  return states
}

function changeOf({ state }: Pick<Mutation, 'state'>): Change | undefined {
  return state.variables as Change | undefined
}
