import { expect, test } from 'vitest'
import { earliestOf, readSchedule, type Schedule } from './schedule.ts'

const at = (iso: string) => Date.parse(iso) / 1000

function scheduleOf(cron: string, timeZone = 'UTC'): Schedule {
  const read = readSchedule({ cron, timeZone })
  if (!read.ok) throw new Error(read.error)
  return read.value
}

test('a schedule names the next instant, never the one that it is asked from', () => {
  const nightly = scheduleOf('0 2 * * *')

  expect(nightly.next(at('2026-05-01T01:59:59Z'))).toBe(at('2026-05-01T02:00:00Z'))
  expect(nightly.next(at('2026-05-01T02:00:00Z'))).toBe(at('2026-05-02T02:00:00Z'))
})

test('a schedule names the latest instant, the one that it is asked at among them', () => {
  const nightly = scheduleOf('0 2 * * *')

  expect(nightly.latest(at('2026-05-01T02:00:00Z'))).toBe(at('2026-05-01T02:00:00Z'))
  expect(nightly.latest(at('2026-05-01T01:59:59Z'))).toBe(at('2026-04-30T02:00:00Z'))
})

test('a schedule goes by the clock of its time zone, in summer and in winter', () => {
  const nightly = scheduleOf('0 2 * * *', 'America/New_York')

  expect(nightly.next(at('2026-01-10T12:00:00Z'))).toBe(at('2026-01-11T07:00:00Z'))
  expect(nightly.next(at('2026-07-10T12:00:00Z'))).toBe(at('2026-07-11T06:00:00Z'))
})

test('an hour that the clocks leave out, or have twice, makes a nightly schedule due once', () => {
  const nightly = scheduleOf('30 2 * * *', 'Europe/Berlin')
  const following = (iso: string) => [
    nightly.next(at(iso)),
    nightly.next(nightly.next(at(iso)) ?? 0),
  ]

  expect(following('2026-03-28T12:00:00Z')).toEqual([
    at('2026-03-29T01:00:00Z'),
    at('2026-03-30T00:30:00Z'),
  ])
  expect(following('2026-10-24T12:00:00Z')).toEqual([
    at('2026-10-25T00:30:00Z'),
    at('2026-10-26T01:30:00Z'),
  ])
})

test('of several schedules the nearest counts', () => {
  const both = earliestOf([scheduleOf('0 2 * * *'), scheduleOf('0 14 * * *')])

  expect(both.next(at('2026-05-01T03:00:00Z'))).toBe(at('2026-05-01T14:00:00Z'))
  expect(both.latest(at('2026-05-01T03:00:00Z'))).toBe(at('2026-05-01T02:00:00Z'))
  expect(earliestOf([]).next(0)).toBeNull()
})

test.each([
  ['61 * * * *', 'UTC', /no cron schedule/],
  ['nightly', 'UTC', /no cron schedule/],
  ['2030-01-01T00:00:00', 'UTC', /no cron schedule/],
  ['0 0 31 2 *', 'UTC', /never comes about/],
  ['0 2 * * *', 'Mars/Olympus', /no such time zone/],
])('%s in %s is refused with its cure', (cron, timeZone, text) => {
  expect(readSchedule({ cron, timeZone })).toEqual({
    ok: false,
    error: expect.stringMatching(text),
  })
})
