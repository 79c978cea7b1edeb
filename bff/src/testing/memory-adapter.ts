import type { AdapterFactory, AdapterPayload } from 'oidc-provider'

/** Where an oidc-provider of one test keeps what it issues. Nothing expires: no test takes as long. */
export function memoryAdapter(): AdapterFactory {
  const kinds = new Map<string, Map<string, AdapterPayload>>()
  return (kind) => {
    const entries = kinds.get(kind) ?? new Map<string, AdapterPayload>()
    kinds.set(kind, entries)
    const find = (matches: (payload: AdapterPayload) => boolean) =>
      [...entries.values()].find(matches)
    return {
      upsert: async (id, payload) => void entries.set(id, payload),
      find: async (id) => entries.get(id),
      findByUid: async (uid) => find((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => find((payload) => payload.userCode === userCode),
      consume: async (id) => {
        const payload = entries.get(id)
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => void entries.delete(id),
      revokeByGrantId: async (grantId) => {
        for (const [id, payload] of entries) if (payload.grantId === grantId) entries.delete(id)
      },
    }
  }
}
