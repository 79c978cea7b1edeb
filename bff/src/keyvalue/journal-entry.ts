import type { Sealer } from '../base/sealer.ts'

/** No I/O. */

/** For what the entries of the journal are sealed: the marks of ended sessions, and the notices of waiting revocations. */
const journalContexts = ['journal', 'revocations'] as const

export type JournalContext = (typeof journalContexts)[number]

/**
 * Opens an entry of the journal, which others read, too: what is sealed for them is nobody's forgery, and is passed over without
 * a word. Nothing outside the seal says whose it is, so whoever writes into the store can't have a forgery passed over.
 *
 * @returns null for what is another's, or does not open
 */
export function openEntry(entry: string, own: JournalContext, sealer: Sealer): unknown {
  const opened = sealer.openOneOf(entry, journalContexts)
  return opened?.context === own ? opened.content : null
}
