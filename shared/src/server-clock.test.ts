import { expect, test } from 'vitest'
import { serverClock } from './server-clock.ts'

const noon = Date.UTC(2025, 10, 20, 12)

test('keeps the local time while the server agrees within the coarseness of its header', () => {
  const clock = serverClock(() => noon + 900)

  clock.sample(new Date(noon).toUTCString())

  expect(clock.now()).toBe((noon + 900) / 1_000)
})

test('follows a server whose clock differs', () => {
  const clock = serverClock(() => noon)

  clock.sample(new Date(noon + 60_000).toUTCString())

  expect(clock.now()).toBe((noon + 60_500) / 1_000)
})

test.each([null, 'yesterday'])('learns nothing from the header %s', (header) => {
  const clock = serverClock(() => noon)

  clock.sample(header)

  expect(clock.now()).toBe(noon / 1_000)
})
