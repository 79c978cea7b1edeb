import { randomUUID } from 'node:crypto'
import * as z from 'zod'

export const noteSchema = z.object({
  id: z.string(),
  text: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Taken only from somebody who has just signed in. */
  important: z.literal(true).optional(),
})

export type Note = z.infer<typeof noteSchema>

/** What a caller sends to add or to change a note. */
export const noteInputSchema = z.strictObject({
  text: z
    .string('text must be a string')
    .trim()
    .min(1, 'text must not be empty')
    .max(2000, 'text must not be longer than 2000 characters'),
  important: z.boolean('important must be true or false').default(false),
})

/** The notes of one person, oldest first. */
export interface Notebook {
  list(): readonly Note[]
  find(id: string): Note | undefined
  add(text: string, important?: boolean): Note
  change(id: string, text: string): Note | undefined
  remove(id: string): boolean
}

/** Everybody's notebooks, in memory. A new one starts with two notes. */
export function notebooks(): (sub: string) => Notebook {
  const bySub = new Map<string, Notebook>()
  return function notebookOf(sub) {
    const notebook = bySub.get(sub) ?? startedNotebook()
    bySub.set(sub, notebook)
    return notebook
  }
}

function startedNotebook(): Notebook {
  const notebook = emptyNotebook()
  notebook.add(
    'Welcome! This note lives in the sample API, which only answers to a valid access token.',
  )
  notebook.add(
    'Your browser never sees that token. Look for it in the developer tools: it isn’t there.',
  )
  return notebook
}

function emptyNotebook(): Notebook {
  const notes = new Map<string, Note>()
  return {
    list: () => [...notes.values()],
    find: (id) => notes.get(id),
    add(text, important = false) {
      const now = new Date().toISOString()
      const note: Note = {
        id: randomUUID(),
        text,
        createdAt: now,
        updatedAt: now,
        ...(important && { important }),
      }
      notes.set(note.id, note)
      return note
    },
    change(id, text) {
      const note = notes.get(id)
      if (!note) return undefined
      const changed = { ...note, text, updatedAt: new Date().toISOString() }
      notes.set(id, changed)
      return changed
    },
    remove: (id) => notes.delete(id),
  }
}
