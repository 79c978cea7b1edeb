import { expect, test } from 'vitest'
import { providerBackoff } from './provider-backoff.ts'

/** Of a provider that fails, by a clock that is set by hand. */
function world() {
  const time = { milliseconds: Date.UTC(2025, 10, 20, 12) }
  const clock = {
    now: () => Math.floor(time.milliseconds / 1000),
    milliseconds: () => time.milliseconds,
  }
  return { time, backoff: providerBackoff(clock, 'provider-grants', {}) }
}

test('waits as long as the provider asked', () => {
  const { backoff, time } = world()

  backoff.failed(20)
  time.milliseconds += 19_000
  const almost = backoff.waitSeconds()
  time.milliseconds += 1_000

  expect([almost, backoff.waitSeconds()]).toEqual([1, 0])
})

test('a clock that is set back by an hour does not make the wait an hour longer', () => {
  const { backoff, time } = world()

  backoff.failed(20)
  time.milliseconds -= 3_600_000
  const after = backoff.waitSeconds()
  backoff.failed(20)

  expect([after, backoff.waitSeconds()]).toEqual([0, 20])
})
