import { expect, test } from 'vitest'
import type { TokenLife } from '../../session/session.ts'
import { layTimeline } from './timeline.ts'

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

test('puts now in the middle, the served time before it and the rest after it', () => {
  const { reachSeconds, spent, fresh, due } = layTimeline([life(0, 1_000)], [], 1_010)

  expect(reachSeconds).toBe(90)
  expect(spent).toEqual([
    { key: 'life-0', left: expect.closeTo(44.44), width: expect.closeTo(5.56) },
  ])
  expect(fresh).toEqual({ key: 'fresh', left: 50, width: expect.closeTo(16.67) })
  expect(due).toEqual({ key: 'due', left: expect.closeTo(66.67), width: expect.closeTo(11.11) })
})

test('ends an earlier life where its successor begins, and marks the refresh there', () => {
  const { spent, refreshes } = layTimeline([life(0, 1_000), life(1, 1_045)], [], 1_045)

  expect(spent).toEqual([{ key: 'life-0', left: 25, width: 25 }])
  expect(refreshes).toEqual([{ key: 'life-1', left: 50 }])
})

test('shows nothing to come once the token has expired', () => {
  const { fresh, due } = layTimeline([life(0, 1_000)], [], 1_061)

  expect(fresh).toBeNull()
  expect(due).toBeNull()
})

test('has no time of refreshing for a token that cannot be refreshed', () => {
  const { fresh, due } = layTimeline([{ ...life(0, 1_000), refreshable: false }], [], 1_000)

  expect(fresh?.width).toBeCloseTo(33.33)
  expect(due).toBeNull()
})

test('leaves out calls that are too long ago', () => {
  const call = { method: 'GET', path: '/api/notes', status: 200, milliseconds: 5 }
  const calls = [
    { ...call, id: 1, at: 900 },
    { ...call, id: 2, at: 990 },
  ]

  expect(layTimeline([life(0, 1_000)], calls, 1_010).calls.map(({ key }) => key)).toEqual(['2'])
})

test('reaches further for tokens that live longer', () => {
  expect(layTimeline([life(0, 1_000, 3_600)], [], 1_000).reachSeconds).toBe(7_200)
})
