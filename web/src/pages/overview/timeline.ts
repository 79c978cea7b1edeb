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

/** What the picture is drawn from. */
export interface Seen {
  readonly lives: readonly TokenLife[]
  readonly calls: readonly CallRecord[]
  readonly session: Pick<SignedIn['view']['session'], 'startedAt' | 'expiresAt' | 'idleExpiresAt'>
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
  /** Where the refresh token was exchanged. */
  readonly refreshes: readonly Mark[]
  readonly calls: readonly Mark[]
}

const reaches = [60, 90, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800]

/** Lays the lives of the tokens out around `now`, which stands in the middle. No I/O, no clock. */
export function layTimeline({ lives, calls, session }: Seen, now: number): Timeline {
  const present = lives.at(-1)
  const reachSeconds = reachFor(present)
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
        stretch(lifeKey(life), life.issuedAt, Math.min(lifeEnd(life, lives[index + 1]), now)),
      )
      .filter((part) => part !== null),
    fresh: present ? stretch('fresh', Math.max(now, present.issuedAt), dueFrom(present)) : null,
    due: present?.refreshable
      ? stretch('due', Math.max(now, dueFrom(present)), present.expiresAt)
      : null,
    refreshToken: present?.refreshable
      ? {
          spent: stretch('refresh-spent', session.startedAt, Math.min(now, sessionEnd(session))),
          kept: stretch('refresh-kept', Math.max(now, session.startedAt), sessionEnd(session)),
        }
      : null,
    refreshes: lives
      .filter(({ refreshCount }) => refreshCount > 0)
      .map((life) => ({ key: lifeKey(life), left: place(life.issuedAt) }))
      .filter(visible),
    calls: calls
      .map(({ id, at }) => ({ key: String(id), left: place(Math.min(at, now)) }))
      .filter(visible),
  }
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
