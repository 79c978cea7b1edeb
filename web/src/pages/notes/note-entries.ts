import type { Note } from '../../api/notes.ts'
import type { NoteDrafts, NoteEdit, UnsentNote } from './draft-shapes.ts'

/** One line of the list: a note of the API's, a text that is not there yet, or one whose note is gone. */
export type NoteEntry =
  | { readonly kind: 'saved'; readonly id: string; readonly note: Note; readonly edit?: NoteEdit }
  | ({ readonly kind: 'unsent' } & Pick<UnsentNote, 'id' | 'text' | 'important'>)
  | { readonly kind: 'orphan'; readonly id: string; readonly edit: NoteEdit }

/**
 * What the API has and what it has not taken yet, the newest first. No I/O, no clock.
 *
 * @param leaving  ids of notes that are being deleted
 */
export function listEntries(
  notes: readonly Note[],
  { edits, unsent }: NoteDrafts,
  leaving: ReadonlySet<string>,
): readonly NoteEntry[] {
  const known = new Set(notes.map(({ id }) => id))
  return [
    ...unsent
      .toReversed()
      .map(
        ({ id, text, important }) =>
          ({ kind: 'unsent', id, text, ...(important && { important }) }) as const,
      ),
    ...Object.entries(edits)
      .filter(([id]) => !known.has(id))
      .map(([id, edit]) => ({ kind: 'orphan', id, edit }) as const),
    ...newestFirst(notes)
      .filter(({ id }) => !leaving.has(id))
      .map((note) => {
        const edit = edits[note.id]
        return { kind: 'saved', id: note.id, note, ...(edit && { edit }) } as const
      }),
  ]
}

/** Of those of the same moment, the later in the list counts as newer. */
function newestFirst(notes: readonly Note[]): readonly Note[] {
  return notes.toReversed().toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
}

/** Whether somebody has changed the note since its text was taken to be edited. */
export function hasConflict(note: Note, edit: NoteEdit): boolean {
  return note.updatedAt !== edit.base && note.text !== edit.text
}
