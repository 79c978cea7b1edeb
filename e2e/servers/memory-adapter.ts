import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider'

export interface MemoryStore {
  readonly adapter: AdapterFactory
  /** Live records of one kind, such as `RefreshToken` or `Grant`. */
  records(kind: string): readonly StoredRecord[]
}

export interface StoredRecord {
  readonly id: string
  readonly payload: AdapterPayload
}

interface Entry {
  readonly payload: AdapterPayload
  readonly expiresAtMs: number
}

/** Keeps what the provider stores for as long as the object lives, so longer than one listener. */
export function memoryStore(): MemoryStore {
  const kinds = new Map<string, Map<string, Entry>>()

  function entriesOf(kind: string): Map<string, Entry> {
    const entries = kinds.get(kind) ?? new Map<string, Entry>()
    kinds.set(kind, entries)
    return entries
  }

  return {
    adapter: (kind) => memoryAdapter(entriesOf(kind)),
    records: (kind) =>
      [...entriesOf(kind)]
        .filter(([, entry]) => isLive(entry))
        .map(([id, { payload }]) => ({ id, payload })),
  }
}

function memoryAdapter(entries: Map<string, Entry>): Adapter {
  let sweepAtCount = 1000

  function find(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    return [...entries.values()].find((entry) => isLive(entry) && matches(entry.payload))?.payload
  }

  function sweepNowAndThen(): void {
    if (entries.size < sweepAtCount) return
    for (const [id, entry] of entries) if (!isLive(entry)) entries.delete(id)
    sweepAtCount = Math.max(1000, entries.size * 2)
  }

  return {
    async upsert(id, payload, expiresIn) {
      const expiresAtMs = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000
      entries.set(id, { payload, expiresAtMs })
      sweepNowAndThen()
    },
    async find(id) {
      const entry = entries.get(id)
      return entry && isLive(entry) ? entry.payload : undefined
    },
    async findByUid(uid) {
      return find((payload) => payload.uid === uid)
    },
    async findByUserCode(userCode) {
      return find((payload) => payload.userCode === userCode)
    },
    async consume(id) {
      const entry = entries.get(id)
      if (entry) entry.payload.consumed = Math.floor(Date.now() / 1000)
    },
    async destroy(id) {
      entries.delete(id)
    },
    async revokeByGrantId(grantId) {
      for (const [id, { payload }] of entries) if (payload.grantId === grantId) entries.delete(id)
    },
  }
}

function isLive(entry: Entry): boolean {
  return entry.expiresAtMs > Date.now()
}
