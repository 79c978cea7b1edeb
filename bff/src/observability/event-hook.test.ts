import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { signedInTestBff } from '../testing/test-bff.ts'
import type { Event } from './events.ts'

test('the app’s own function is told the very events that are logged, in their order', async () => {
  const told: Event[] = []
  const { events } = await signedInTestBff({ onEvent: (event) => told.push(event) })

  await turn()

  expect(told.map(({ name }) => name)).toContain('signed-in')
  expect(told).toEqual(events)
})

const failing: readonly [string, () => unknown][] = [
  ['throws', raise],
  ['rejects', async () => raise()],
]

function raise(): never {
  throw new TypeError('with a secret in its message')
}

test.for(failing)('one that %s harms nobody, and is told in the log', async ([, onEvent]) => {
  const { browser, eventsNamed } = await signedInTestBff({ onEvent })

  const answer = await browser.fetch('/api/notes')
  await turn()

  expect(answer.status).toBe(200)
  expect(eventsNamed('event-hook-failed')).toContainEqual({
    name: 'event-hook-failed',
    event: 'signed-in',
    detail: 'TypeError',
  })
  expect(eventsNamed('event-hook-failed').map(({ event }) => event)).not.toContain(
    'event-hook-failed',
  )
})

test('nobody waits for it', async () => {
  const { browser } = await signedInTestBff({ onEvent: () => new Promise(() => {}) })

  expect((await browser.fetch('/api/notes')).status).toBe(200)
})
