import * as z from 'zod'
import type { AtOnce } from '../base/at-once.ts'
import type { Clock } from '../base/clock.ts'
import { digest } from '../base/digest.ts'
import { Refusal, type SessionEnd } from '../base/failure.ts'
import type { Sealer } from '../base/sealer.ts'
import { openEntry, type JournalContext } from '../keyvalue/journal-entry.ts'
import type { Store, Told } from '../keyvalue/store.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { Session, SessionLimits } from './session.ts'

/**
 * The sessions that ended before their time. A cookie can't be called back, so a copy of one would live on after the
 * sign-out; this remembers the few that are dead instead of the many that live, until they would have ended anyway.
 *
 * Each instance has a replica, so that a call asks nobody. It hears the store's journal four times a second; while it
 * can't, it asks the store itself, and if that can't be reached either, it goes by what it knows.
 */
export interface EndedSessions {
  /** @returns `here` when the store could not be told: the others hear of it as soon as it can */
  end(session: Pick<Session, 'sid'>, end: SessionEnd): Promise<Reach>
  /** Ends every session of a user that began before now, or an earlier moment. One that begins later is not touched. */
  endAllOf(sub: string, end: SessionEnd, beforeMilliseconds?: number): Promise<Reach>
  /** The same of those that came of one session at the provider. */
  endProviderSession(
    providerSid: string,
    end: SessionEnd,
    beforeMilliseconds?: number,
  ): Promise<Reach>
  /** Why it ended, or null while it lives. Each call asks this, so it is answered at once where the replica knows. */
  endOf(session: Session): AtOnce<SessionEnd | null>
  /** The same, asked of the store itself if it can be: for before something is written that would outlive a sign-out elsewhere. */
  surelyEndOf(session: EndableSession): Promise<SessionEnd | null>
  /**
   * For what stays open: calls `ended` once when the session ends before its time, here or on another instance.
   *
   * @returns stops watching
   */
  watch(session: Session, ended: (end: SessionEnd) => void): () => void
  /** Hears what other instances ended. Called by itself four times a second; a test calls it by hand. */
  catchUp(): Promise<void>
  close(): void
}

/** What of a session an end may name. */
export type EndableSession = Pick<Session, 'sid' | 'sub' | 'providerSid' | 'startedAtMilliseconds'>

export type Reach = 'everywhere' | 'here'

export interface EndedSessionsParts {
  readonly store: Store
  readonly sealer: Sealer
  readonly limits: SessionLimits
  readonly clock: Clock
  readonly telemetry: Telemetry
}

const markSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session'), sid: z.string(), end: z.string(), until: z.int() }),
  z.object({
    kind: z.literal('all-of'),
    sub: z.string(),
    beforeMilliseconds: z.int(),
    end: z.string(),
    until: z.int(),
  }),
  z.object({
    kind: z.literal('provider-session'),
    providerSid: z.string(),
    beforeMilliseconds: z.int(),
    end: z.string(),
    until: z.int(),
  }),
])

type Mark = z.infer<typeof markSchema>

interface Watcher {
  readonly session: Session
  readonly ended: (end: SessionEnd) => void
}

const journalContext: JournalContext = 'journal'
const catchUpEveryMilliseconds = 250

/** How old the replica may be and still be believed. */
const currentForMilliseconds = 1000

export function endedSessions({
  store,
  sealer,
  limits,
  clock,
  telemetry,
}: EndedSessionsParts): EndedSessions {
  const { keyValue, journal } = store
  const marks = new Map<string, Mark>()
  /** Could not be told to the store. */
  const untold = new Set<Mark>()
  /** Told to the store, and not yet heard from it: a store that dies in between has lost them unseen. */
  const unheard = new Map<string, Mark>()
  const watchers = new Map<string, Set<Watcher>>()
  let cursor: string | null = null
  let heardAt = Number.NEGATIVE_INFINITY
  let hearing: Promise<void> | null = null

  async function publish(mark: Mark): Promise<Reach> {
    remember(mark)
    try {
      await tell(mark)
      return 'everywhere'
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      untold.add(mark)
      return 'here'
    }
  }

  async function tell(mark: Mark): Promise<void> {
    const ttlSeconds = Math.max(1, mark.until - clock.now())
    const key = keyOf(mark)
    // First where a direct look finds it, then to everybody.
    await keyValue.set(key, sealer.seal(mark, key), ttlSeconds)
    await journal.append(sealer.seal(mark, journalContext), ttlSeconds)
    unheard.set(key, mark)
  }

  function remember(mark: Mark): void {
    const key = keyOf(mark)
    const earlier = marks.get(key)
    if (earlier !== undefined && momentOf(mark) < momentOf(earlier)) return
    marks.set(key, mark)
    for (const watcher of watchersOf(mark)) {
      const end = known(watcher.session)
      if (end !== null) watcher.ended(end)
    }
  }

  /** Of a mark of one session only its own, since thousands may be open. */
  function watchersOf(mark: Mark): Iterable<Watcher> {
    const found = mark.kind === 'session' ? watchers.get(mark.sid) : undefined
    return mark.kind === 'session'
      ? [...(found ?? [])]
      : [...watchers.values()].flatMap((set) => [...set])
  }

  async function hear(): Promise<void> {
    const expected = new Map(unheard)
    const told = await journal.since(cursor)
    for (const mark of untold) {
      await tell(mark)
      untold.delete(mark)
    }
    if (told.restarted) await tellAgain()
    for (const mark of read(told, sealer)) {
      remember(mark)
      expected.delete(keyOf(mark))
      unheard.delete(keyOf(mark))
    }
    for (const mark of expected.values()) await tell(mark)
    cursor = told.cursor
    heardAt = clock.milliseconds()
    const now = clock.now()
    for (const [key, { until }] of marks) if (until <= now) marks.delete(key)
  }

  /** The store has lost what it held: each instance tells it what it knows. */
  async function tellAgain(): Promise<void> {
    telemetry.record({ name: 'journal-restarted', marks: marks.size })
    for (const mark of marks.values()) await tell(mark)
  }

  /** Takes over what the store itself says, if it can be asked. */
  async function lookUp(session: EndableSession): Promise<void> {
    try {
      for (const key of keysOf(session)) {
        const parsed = markSchema.safeParse(sealer.open((await keyValue.get(key)) ?? '', key))
        if (parsed.success) remember(parsed.data)
      }
    } catch (error) {
      // A valid session does not need the store: better to serve a session whose end we could not hear of for a
      // moment than to turn every user away because the store is down.
      if (!(error instanceof Refusal)) throw error
    }
  }

  function known(session: EndableSession): SessionEnd | null {
    // Each call asks this, and most of the time nothing is to be remembered.
    if (marks.size === 0) return null
    for (const key of keysOf(session)) {
      const mark = marks.get(key)
      if (mark && session.startedAtMilliseconds < momentOf(mark)) return mark.end as SessionEnd
    }
    return null
  }

  const catchUp = () => (hearing ??= hear().finally(() => (hearing = null)))
  // While it fails, calls ask the store themselves; the guard before the store says so in the log.
  const timer = setInterval(() => void catchUp().catch(() => {}), catchUpEveryMilliseconds).unref()

  return {
    end: (session, end) =>
      publish({ kind: 'session', sid: session.sid, end, until: clock.now() + limits.maxSeconds }),

    endAllOf: (sub, end, beforeMilliseconds = clock.milliseconds()) =>
      publish({
        kind: 'all-of',
        sub,
        beforeMilliseconds,
        end,
        until: clock.now() + limits.maxSeconds,
      }),

    endProviderSession: (providerSid, end, beforeMilliseconds = clock.milliseconds()) =>
      publish({
        kind: 'provider-session',
        providerSid,
        beforeMilliseconds,
        end,
        until: clock.now() + limits.maxSeconds,
      }),

    async surelyEndOf(session) {
      await lookUp(session)
      return known(session)
    },

    endOf(session) {
      const current = clock.milliseconds() - heardAt < currentForMilliseconds
      return current ? known(session) : lookUp(session).then(() => known(session))
    },

    watch(session, ended) {
      const watcher = { session, ended }
      const ofSession = watchers.get(session.sid) ?? new Set()
      watchers.set(session.sid, ofSession.add(watcher))
      const end = known(session)
      if (end !== null) queueMicrotask(() => ended(end))
      return () => {
        ofSession.delete(watcher)
        if (ofSession.size === 0 && watchers.get(session.sid) === ofSession)
          watchers.delete(session.sid)
      }
    },

    catchUp,
    close: () => clearInterval(timer),
  }
}

function read(told: Told, sealer: Sealer): Mark[] {
  return told.entries.flatMap((entry) => {
    const parsed = markSchema.safeParse(openEntry(entry, journalContext, sealer))
    return parsed.success ? [parsed.data] : []
  })
}

/** A session that began before this moment is meant. */
function momentOf(mark: Mark): number {
  return mark.kind === 'session' ? Number.POSITIVE_INFINITY : mark.beforeMilliseconds
}

function keyOf(mark: Mark): string {
  switch (mark.kind) {
    case 'session':
      return sessionKey(mark.sid)
    case 'all-of':
      return allOfKey(mark.sub)
    case 'provider-session':
      return providerSessionKey(mark.providerSid)
  }
}

/** Where marks that mean a session may lie. Reckoned once: a session that is remembered is asked about at each call. */
function keysOf(session: EndableSession): readonly string[] {
  const reckoned = reckonedKeys.get(session)
  if (reckoned) return reckoned
  const { sid, sub, providerSid } = session
  const keys = [sessionKey(sid), allOfKey(sub)]
  if (providerSid !== null) keys.push(providerSessionKey(providerSid))
  reckonedKeys.set(session, keys)
  return keys
}

const reckonedKeys = new WeakMap<EndableSession, readonly string[]>()

function sessionKey(sid: string): string {
  return `ended/${sid}`
}

function allOfKey(sub: string): string {
  return `ended-all-of/${digest(sub)}`
}

function providerSessionKey(providerSid: string): string {
  return `ended-at-provider/${digest(providerSid)}`
}
