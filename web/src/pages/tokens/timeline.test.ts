import { expect, test } from 'vitest'
import type { TokenLife } from '../../session/session.ts'
import { layTimeline, type Seen } from './timeline.ts'

function life(refreshCount: number, issuedAt: number, seconds = 60): TokenLife {
  return {
    issuedAt,
    expiresAt: issuedAt + seconds,
    refreshDueAt: issuedAt + (seconds * 2) / 3,
    refreshable: true,
    refreshCount,
    scopes: [],
  }
}

function seen(lives: readonly TokenLife[], more: Partial<Seen> = {}): Seen {
  const session = { startedAt: 1_000, expiresAt: 29_800, idleExpiresAt: 2_800 }
  return { lives, calls: [], session, ...more }
}

test('puts now in the middle, the served time before it and the rest after it', () => {
  const { reachSeconds, spent, fresh, due } = layTimeline(seen([life(0, 1_000)]), 1_010)

  expect(reachSeconds).toBe(90)
  expect(spent).toEqual([
    { key: 'life-0', left: expect.closeTo(44.44), width: expect.closeTo(5.56) },
  ])
  expect(fresh).toEqual({ key: 'fresh', left: 50, width: expect.closeTo(16.67) })
  expect(due).toEqual({ key: 'due', left: expect.closeTo(66.67), width: expect.closeTo(11.11) })
})

test('ends an earlier life where its successor begins, and marks the refresh there', () => {
  const { spent, events } = layTimeline(seen([life(0, 1_000), life(1, 1_045)]), 1_045)

  expect(spent).toEqual([{ key: 'life-0', left: 25, width: 25 }])
  expect(events).toMatchObject([
    { kind: 'issued', left: 25, label: 'issued' },
    { kind: 'refreshed', left: 50, label: 'refreshed 1' },
    { kind: 'ends', left: expect.closeTo(83.33), label: 'ends' },
  ])
})

test('shows nothing to come once the token has expired', () => {
  const { fresh, due } = layTimeline(seen([life(0, 1_000)]), 1_061)

  expect(fresh).toBeNull()
  expect(due).toBeNull()
})

test('has no time of refreshing for a token that cannot be refreshed', () => {
  const { fresh, due, refreshToken } = layTimeline(
    seen([{ ...life(0, 1_000), refreshable: false }]),
    1_000,
  )

  expect(fresh?.width).toBeCloseTo(33.33)
  expect(due).toBeNull()
  expect(refreshToken).toBeNull()
})

test('keeps the refresh token from the sign-in to the end of the session', () => {
  const session = { startedAt: 1_000, expiresAt: 1_072, idleExpiresAt: 9_999 }
  const timeline = layTimeline(seen([life(0, 1_000), life(1, 1_045)], { session }), 1_045)

  expect(timeline.refreshToken).toEqual({
    spent: { key: 'refresh-spent', left: 25, width: 25 },
    kept: { key: 'refresh-kept', left: 50, width: 15 },
  })
})

test('draws the refresh token to the edge while its end is further away', () => {
  const { refreshToken } = layTimeline(seen([life(0, 1_000)]), 1_010)

  expect(refreshToken?.kept).toMatchObject({ left: 50, width: 50 })
})

test('leaves out calls that are too long ago', () => {
  const call = { method: 'GET', path: '/api/notes', status: 200, milliseconds: 5 }
  const calls = [
    { ...call, id: 1, at: 900 },
    { ...call, id: 2, at: 990 },
  ]

  const timeline = layTimeline(seen([life(0, 1_000)], { calls }), 1_010)

  expect(timeline.calls.map(({ key }) => key)).toEqual(['2'])
})

test('reaches further for tokens that live longer', () => {
  expect(layTimeline(seen([life(0, 1_000, 3_600)]), 1_000).reachSeconds).toBe(7_200)
})

test('of labels that would cover each other the newer stays', () => {
  const lives = [life(0, 1_000), life(1, 1_005), life(2, 1_045), life(3, 1_065)]

  const { events } = layTimeline(seen(lives), 1_066)

  expect(events.map(({ kind, label, crowded }) => [kind, label, crowded])).toEqual([
    ['issued', null, undefined],
    ['refreshed', 'refreshed 1', undefined],
    // Here the narrow screen has no room.
    ['refreshed', 'refreshed 2', true],
    ['refreshed', 'refreshed 3', undefined],
    ['ends', 'ends', undefined],
  ])
})

test('after the end there is nothing to come, and the end is marked', () => {
  const end = { at: 1_020, revoked: true }

  const timeline = layTimeline(seen([life(0, 1_000)], { end }), 1_030)

  expect(timeline).toMatchObject({ fresh: null, due: null, refreshToken: { kept: null } })
  expect(timeline.spent[0]?.width).toBeCloseTo(11.11)
  expect(timeline.events.at(-1)).toMatchObject({ kind: 'over', label: 'revoked' })
})

test('an end at which nobody revoked anything is not called so', () => {
  const end = { at: 1_020, revoked: false }

  const { events } = layTimeline(seen([life(0, 1_000)], { end }), 1_030)

  expect(events.at(-1)).toMatchObject({ kind: 'over', label: 'session over' })
})
