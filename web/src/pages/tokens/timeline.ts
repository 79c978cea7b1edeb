import type { CallRecord } from '../../api/call-log.ts'
import type { SignedIn, TokenLife } from '../../session/session.ts'

/** A stretch of the picture, in per cent of its width. */
export interface Stretch {
  readonly key: string
  readonly left: number
  readonly width: number
}

export interface Mark {
  readonly key: string
  readonly left: number
}

/** Something that happened to the tokens, or will. */
export interface TokenEvent extends Mark {
  readonly kind: 'issued' | 'refreshed' | 'ends' | 'over'
  /** Left out where it would cover its neighbour's. */
  readonly label: string | null
  /** There is room for the label on a wide screen only. */
  readonly crowded?: boolean
}

/** How and when the session, and the tokens with it, came to an end. */
export interface SeenEnd {
  readonly at: number
  /** Whether the tokens were revoked, or only put away. */
  readonly revoked: boolean
}

/** What the picture is drawn from. */
export interface Seen {
  readonly lives: readonly TokenLife[]
  readonly calls: readonly CallRecord[]
  readonly session: Pick<SignedIn['view']['session'], 'startedAt' | 'expiresAt' | 'idleExpiresAt'>
  readonly end?: SeenEnd
}

export interface Timeline {
  /** From its left edge to now, and from now to its right edge. */
  readonly reachSeconds: number
  /** Time that access tokens have already served. */
  readonly spent: readonly Stretch[]
  /** Time in which the present access token is simply used. */
  readonly fresh: Stretch | null
  /** Time in which the next call refreshes it. */
  readonly due: Stretch | null
  /** The refresh token's time up to now and from now on, or `null` where there is none. */
  readonly refreshToken: { readonly spent: Stretch | null; readonly kept: Stretch | null } | null
  /** Oldest first. */
  readonly events: readonly TokenEvent[]
  readonly calls: readonly Mark[]
}

const reaches = [60, 90, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800]

/** Lays the lives of the tokens out around `now`, which stands in the middle. No I/O, no clock. */
export function layTimeline({ lives, calls, session, end }: Seen, now: number): Timeline {
  const newest = lives.at(-1)
  const present = end ? undefined : newest
  const last = Math.min(now, end?.at ?? now)
  const reachSeconds = reachFor(newest)
  const place = (at: number) => 50 + ((at - now) / reachSeconds) * 50
  const visible = ({ left }: Mark) => left >= 0 && left <= 100

  function stretch(key: string, from: number, to: number): Stretch | null {
    const left = Math.max(0, place(from))
    const right = Math.min(100, place(to))
    return right > left ? { key, left, width: right - left } : null
  }

  return {
    reachSeconds,
    spent: lives
      .map((life, index) =>
        stretch(lifeKey(life), life.issuedAt, Math.min(lifeEnd(life, lives[index + 1]), last)),
      )
      .filter((part) => part !== null),
    fresh: present ? stretch('fresh', Math.max(now, present.issuedAt), dueFrom(present)) : null,
    due: present?.refreshable
      ? stretch('due', Math.max(now, dueFrom(present)), present.expiresAt)
      : null,
    refreshToken: newest?.refreshable
      ? {
          spent: stretch('refresh-spent', session.startedAt, Math.min(last, sessionEnd(session))),
          kept: end
            ? null
            : stretch('refresh-kept', Math.max(now, session.startedAt), sessionEnd(session)),
        }
      : null,
    events: thinLabels(
      eventsOf(lives, end)
        .map(({ at, ...event }) => ({ ...event, left: place(at) }))
        .filter(visible),
    ),
    calls: calls
      .map(({ id, at }) => ({ key: String(id), left: place(Math.min(at, now)) }))
      .filter(visible),
  }
}

function eventsOf(
  lives: readonly TokenLife[],
  end: SeenEnd | undefined,
): readonly (Omit<TokenEvent, 'left'> & { readonly at: number })[] {
  const past = lives.map((life) => {
    const first = life.refreshCount === 0
    const label = first ? 'issued' : `refreshed ${life.refreshCount}`
    const kind = first ? 'issued' : 'refreshed'
    return { key: lifeKey(life), kind, label, at: life.issuedAt } as const
  })
  const newest = lives.at(-1)
  if (end) {
    const label = end.revoked ? 'revoked' : 'session over'
    return [...past, { key: 'over', kind: 'over', label, at: end.at }]
  }
  if (!newest) return past
  return [...past, { key: 'ends', kind: 'ends', label: 'ends', at: newest.expiresAt }]
}

/** Per cent of the width that a label wants for itself on a narrow screen, and on a wide one. */
const narrowLabel = 18
const wideLabel = 9

/** Of labels that would cover each other the newer stays. Those of the past reach to the left, those to come to the right. */
function thinLabels(events: readonly TokenEvent[]): readonly TokenEvent[] {
  let narrowFree = 100
  let wideFree = 100
  const fromNewest = events.toReversed().map((event): TokenEvent => {
    if (event.kind === 'ends') return event
    if (event.left > wideFree) return { ...event, label: null }
    wideFree = event.left - wideLabel
    if (event.left > narrowFree) return { ...event, crowded: true }
    narrowFree = event.left - narrowLabel
    return event
  })
  return fromNewest.toReversed()
}

/** When the session ends if the user does nothing more, and its refresh token with it. */
export function sessionEnd({ expiresAt, idleExpiresAt }: Seen['session']): number {
  return Math.min(expiresAt, idleExpiresAt)
}

/** A token that can't be refreshed is used to its end. */
function dueFrom({ refreshable, refreshDueAt, expiresAt }: TokenLife): number {
  return refreshable ? Math.min(refreshDueAt, expiresAt) : expiresAt
}

function lifeEnd({ expiresAt }: TokenLife, successor: TokenLife | undefined): number {
  return successor ? Math.min(expiresAt, successor.issuedAt) : expiresAt
}

function lifeKey({ refreshCount }: TokenLife): string {
  return `life-${refreshCount}`
}

/** Far enough that a whole life, and a good part of the one before it, can be seen. */
function reachFor(life: TokenLife | undefined): number {
  const wanted = life ? (life.expiresAt - life.issuedAt) * 1.5 : 0
  return reaches.find((reach) => reach >= wanted) ?? 604_800
}
