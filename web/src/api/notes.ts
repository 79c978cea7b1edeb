import { queryOptions } from '@tanstack/react-query'
import { apiKey, callApi, jsonBody } from './call-api.ts'
import { isRecord } from './is-record.ts'

export interface Note {
  readonly id: string
  readonly text: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly updatedAt: string
  /** The API takes it only from somebody who has just signed in. */
  readonly important?: boolean
}

/** The API takes no longer text. */
export const noteTextLength = 2_000

/** @param sub  whose notes; part of the key, so that one user's list is never shown to another */
export function notesQuery(sub: string) {
  return queryOptions({
    queryKey: [apiKey, 'notes', sub],
    queryFn: ({ signal }) => callApi('/notes', { signal }, readNotes),
  })
}

export function addNote(text: string, important: boolean): Promise<Note> {
  return callApi('/notes', jsonBody('POST', { text, important }), readNote)
}

/**
 * @param base  the `updatedAt` of the note that the text was made from: the API answers 412 if it has changed since
 */
export function changeNote(id: string, text: string, base: string): Promise<Note> {
  const init = jsonBody('PUT', { text })
  const headers = new Headers(init.headers)
  headers.set('If-Match', `"${base}"`)
  return callApi(`/notes/${encodeURIComponent(id)}`, { ...init, headers }, readNote)
}

export function deleteNote(id: string): Promise<true> {
  return callApi(`/notes/${encodeURIComponent(id)}`, { method: 'DELETE' }, () => true)
}

function readNotes(json: unknown): readonly Note[] | undefined {
  if (!Array.isArray(json)) return undefined
  const notes = json.map(readNote)
  return notes.every((note) => note !== undefined) ? notes : undefined
}

function readNote(json: unknown): Note | undefined {
  if (!isRecord(json)) return undefined
  const { id, text, createdAt, updatedAt } = json
  return typeof id === 'string' &&
    typeof text === 'string' &&
    typeof createdAt === 'string' &&
    typeof updatedAt === 'string'
    ? { id, text, createdAt, updatedAt, ...(json['important'] === true && { important: true }) }
    : undefined
}
