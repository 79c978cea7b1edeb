/** One call of the API that this page made, kept in memory while the page is open. */
export interface CallRecord {
  readonly id: number
  /** Seconds since the epoch, by the server's clock. */
  readonly at: number
  readonly method: string
  readonly path: string
  /** `null` when no answer came. */
  readonly status: number | null
  readonly milliseconds: number
}

const remembered = 200

let records: readonly CallRecord[] = []
const listeners = new Set<() => void>()

/** Shaped for React's `useSyncExternalStore`. */
export const callLog = {
  add(record: Omit<CallRecord, 'id'>): void {
    records = [...records, { ...record, id: (records.at(-1)?.id ?? 0) + 1 }].slice(-remembered)
    for (const listener of listeners) listener()
  },
  snapshot: (): readonly CallRecord[] => records,
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}
