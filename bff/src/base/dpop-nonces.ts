/**
 * The nonces that servers want to see in proofs, the newest of each origin (RFC 9449 §8, §9). They say nothing of a user, so all
 * sessions of the process share them: whoever comes next has one already.
 */
export interface DpopNonces {
  of(origin: string): string | null
  /** Hears of an answer: each may bring the next one (§8.2). @returns whether this one did */
  learn(origin: string, header: string | null | undefined): boolean
}

/** More is nothing that a server needs, and would be sent with each request. */
const longestNonce = 512

/** One for each origin that is asked at all, which the settings say. */
export function dpopNonces(): DpopNonces {
  const nonces = new Map<string, string>()
  return {
    of: (origin) => nonces.get(origin) ?? null,
    learn(origin, header) {
      if (header == null || header.length > longestNonce || !isNonce(header)) return false
      nonces.set(origin, header)
      return true
    },
  }
}

/** RFC 9449 §8.1. */
function isNonce(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}
