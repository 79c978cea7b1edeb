import { useSyncExternalStore } from 'react'
import { forgetStoredDrafts, readStoredDrafts, storeDrafts } from './stored-drafts.ts'

/** What a user has typed and the API has not taken yet. */
export interface NoteDrafts {
  readonly newText: string
  /** Changed notes by their id: being typed, being saved, or refused. */
  readonly edits: Readonly<Record<string, NoteEdit>>
  /** New notes that are being saved, or were refused. */
  readonly unsent: readonly UnsentNote[]
}

export interface NoteEdit {
  readonly text: string
  /** The `updatedAt` of the note that the text was made from. */
  readonly base: string
}

export interface UnsentNote {
  readonly id: string
  readonly text: string
  readonly createdAt: string
}

export const noDrafts: NoteDrafts = { newText: '', edits: {}, unsent: [] }

// Kept in this tab alone, so that it outlives a reload and the end of a session, and goes when the user signs out.
let { owner, drafts } = readStoredDrafts() ?? { owner: null, drafts: noDrafts }
const listeners = new Set<() => void>()

/** @param sub  whose drafts; without it those of whoever typed last */
export function useNoteDrafts(sub?: string): NoteDrafts {
  return useSyncExternalStore(subscribe, () =>
    sub === undefined || sub === owner ? drafts : noDrafts,
  )
}

/** Changes the drafts of `sub`. What anybody else had typed here is forgotten. */
export function changeDrafts(
  sub: string | undefined,
  change: (before: NoteDrafts) => Partial<NoteDrafts>,
): void {
  const writer = sub ?? owner
  const before = writer === owner ? drafts : noDrafts
  owner = writer
  drafts = { ...before, ...change(before) }
  if (owner !== null) storeDrafts({ owner, drafts })
  for (const listener of listeners) listener()
}

/** @param except  whose drafts may stay */
export function forgetDrafts(except?: string): void {
  if (owner === null || owner === except) return
  owner = null
  drafts = noDrafts
  forgetStoredDrafts()
  for (const listener of listeners) listener()
}

/** `edits` without one of them. */
export function withoutEdit(edits: NoteDrafts['edits'], id: string): NoteDrafts['edits'] {
  const { [id]: _, ...rest } = edits
  return rest
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
