import { expect, test } from 'vitest'
import { streamPlaces } from './stream-places.ts'

test('a process has its limit, too, whoever asks', () => {
  const places = streamPlaces(2, 3)

  const taken = ['ada', 'ada', 'ada', 'grace', 'linus'].map((sid) => places.take(sid))

  expect(taken.filter((place) => typeof place === 'string')).toEqual([
    'session-full',
    'process-full',
  ])
})

test('a place that is given back twice is free once', () => {
  const places = streamPlaces(1, 1)
  const giveBack = places.take('ada') as () => void

  giveBack()
  giveBack()
  const taken = [places.take('ada'), places.take('grace')]

  expect(taken).toEqual([expect.any(Function), 'process-full'])
})
