import { useSyncExternalStore } from 'react'

/** What a user was typing. In memory only, so that it outlives a change of page and the end of a session, no more. */
export interface NoteDrafts {
  readonly newText: string
  readonly edit: { readonly id: string; readonly text: string } | null
}

const noDrafts: NoteDrafts = { newText: '', edit: null }

let owner: string | null = null
let drafts = noDrafts
const listeners = new Set<() => void>()

/** @param sub  whose drafts; without it those of whoever typed last */
export function useNoteDrafts(sub?: string) {
  const current = useSyncExternalStore(subscribe, () =>
    sub === undefined || sub === owner ? drafts : noDrafts,
  )
  const writer = sub ?? owner
  return {
    drafts: current,
    setNewText: (newText: string) => changeDrafts(writer, () => ({ newText })),
    setEdit: (edit: NoteDrafts['edit']) => changeDrafts(writer, () => ({ edit })),
    /** Gives a text that could not be saved back, unless the user has begun another. */
    restoreNewText: (text: string) =>
      changeDrafts(writer, ({ newText }) => ({ newText: newText || text })),
    restoreEdit: (lost: { readonly id: string; readonly text: string }) =>
      changeDrafts(writer, ({ edit }) => ({ edit: edit ?? lost })),
  }
}

function changeDrafts(
  writer: string | null,
  change: (before: NoteDrafts) => Partial<NoteDrafts>,
): void {
  const before = writer === owner ? drafts : noDrafts
  owner = writer
  drafts = { ...before, ...change(before) }
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
