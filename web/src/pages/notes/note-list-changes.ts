import type { Note } from '../../api/notes.ts'

// How the list looks while the API has not answered yet. No I/O, no clock.

const unsavedPrefix = 'unsaved:'

/** A note as it is shown until the API has given it an id. */
export function unsavedNote(text: string, createdAt: string): Note {
  return { id: `${unsavedPrefix}${createdAt}`, text, createdAt, updatedAt: createdAt }
}

export function isUnsaved(note: Note): boolean {
  return note.id.startsWith(unsavedPrefix)
}

export function withNote(notes: readonly Note[], note: Note): readonly Note[] {
  return [...withoutNote(notes, note.id), note]
}

export function withoutNote(notes: readonly Note[], id: string): readonly Note[] {
  return notes.filter((note) => note.id !== id)
}

export function replaceNote(notes: readonly Note[], id: string, note: Note): readonly Note[] {
  return notes.map((old) => (old.id === id ? note : old))
}

/** The order in which notes are shown. Of those of the same moment, the later in the list counts as newer. */
export function newestFirst(notes: readonly Note[]): readonly Note[] {
  return notes.toReversed().toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
}
