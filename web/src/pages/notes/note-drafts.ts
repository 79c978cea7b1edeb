import { useSyncExternalStore } from 'react'
import type { NoteDrafts } from './draft-shapes.ts'
import { forgetStoredDrafts, readStoredDrafts, storeDrafts } from './stored-drafts.ts'

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
