import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import type { Sealer } from '../base/sealer.ts'
import { openEntry, type JournalContext } from '../keyvalue/journal-entry.ts'
import type { Store } from '../keyvalue/store.ts'
import { keptUntil, queuedRevocationSchema, type QueuedRevocation } from './queued-revocation.ts'

/**
 * Where queued revocations lie. Each is sealed in the store under a key of its own, which is told in the journal, so
 * that every instance knows of it, also one that starts later.
 */
export interface WaitingRevocations {
  /** How many sessions' tokens wait, as far as this instance has heard. */
  sessions(): number
  tokens(): number
  /** The names of those whose time has come. */
  due(): readonly string[]
  /** @returns its name */
  add(revocation: QueuedRevocation): Promise<string>
  /** @returns null when it is not there any more */
  read(id: string): Promise<QueuedRevocation | null>
  /** Puts in another one for what was read, unless another instance was faster. */
  change(id: string, revocation: QueuedRevocation): Promise<void>
  remove(id: string): Promise<void>
  /** Hears what other instances, or this one before it was started again, put in. */
  catchUp(): Promise<void>
}

const noticeSchema = z.object({
  id: z.string(),
  queuedAt: z.int(),
  dueAt: z.int(),
  /** How many. */
  tokens: z.int(),
})

type Notice = z.infer<typeof noticeSchema>

interface Known extends Notice {
  /** As it lies in the store, if it was seen here. */
  readonly sealed: string | null
}

const journalContext: JournalContext = 'revocations'

export function waitingRevocations(
  { keyValue, journal }: Store,
  sealer: Sealer,
  clock: Clock,
): WaitingRevocations {
  const known = new Map<string, Known>()
  let cursor: string | null = null

  const secondsLeft = (of: Pick<Notice, 'queuedAt'>) => keptUntil(of.queuedAt) - clock.now()

  function remember(id: string, sealed: string, { queuedAt, dueAt, tokens }: QueuedRevocation) {
    const notice = { id, queuedAt, dueAt, tokens: tokens.length }
    known.set(id, { ...notice, sealed })
    return notice
  }

  function announce({ id, queuedAt, dueAt, tokens }: Notice): Promise<void> {
    const notice: Notice = { id, queuedAt, dueAt, tokens }
    return journal.append(sealer.seal(notice, journalContext), secondsLeft(notice))
  }

  /** The store has lost what it held: each instance puts back what it saw. */
  async function tellAgain(): Promise<void> {
    for (const entry of known.values()) {
      if (entry.sealed === null || secondsLeft(entry) <= 0) continue
      await keyValue.replace(keyOf(entry.id), null, entry.sealed, secondsLeft(entry))
      await announce(entry)
    }
  }

  return {
    sessions: () => known.size,
    tokens: () => [...known.values()].reduce((sum, { tokens }) => sum + tokens, 0),
    due: () => [...known.values()].filter(({ dueAt }) => dueAt <= clock.now()).map(({ id }) => id),

    async add(revocation) {
      const id = randomUUID()
      const sealed = sealer.seal(revocation, keyOf(id))
      // First where it is found, then to everybody.
      await keyValue.set(keyOf(id), sealed, secondsLeft(revocation))
      await announce({ ...revocation, id, tokens: revocation.tokens.length })
      remember(id, sealed, revocation)
      return id
    },

    async read(id) {
      const sealed = (await keyValue.get(keyOf(id))) ?? ''
      const parsed = queuedRevocationSchema.safeParse(sealer.open(sealed, keyOf(id)))
      if (parsed.success) remember(id, sealed, parsed.data)
      // Another instance has done it, or it was sealed with a secret that is no longer ours.
      else known.delete(id)
      return parsed.success ? parsed.data : null
    },

    async change(id, revocation) {
      const seen = known.get(id)?.sealed ?? null
      if (seen === null) return
      const sealed = sealer.seal(revocation, keyOf(id))
      const changed = await keyValue.replace(keyOf(id), seen, sealed, secondsLeft(revocation))
      if (changed) remember(id, sealed, revocation)
    },

    async remove(id) {
      await keyValue.delete(keyOf(id))
      known.delete(id)
    },

    async catchUp() {
      const told = await journal.since(cursor)
      if (told.restarted) await tellAgain()
      for (const text of told.entries) {
        const notice = noticeSchema.safeParse(openEntry(text, journalContext, sealer))
        if (notice.success && !known.has(notice.data.id)) {
          known.set(notice.data.id, { ...notice.data, sealed: null })
        }
      }
      cursor = told.cursor
      for (const entry of known.values()) if (secondsLeft(entry) <= 0) known.delete(entry.id)
    },
  }
}

function keyOf(id: string): string {
  return `revocation/${id}`
}
