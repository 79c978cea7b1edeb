import { expect, test } from 'vitest'
import { readSchedule } from '../base/schedule.ts'
import { newJobState, type Beginning, type JobState } from './job-state.ts'
import { outcome } from './outcome.ts'
import { afterRun, claim, never, nextRunAt, spreadOf, wakeAt, type Planned } from './plan.ts'

const at = (iso: string) => Date.parse(`2026-05-${iso}Z`) / 1000
const connectedAt = at('01T12:00:00')
const tonight = at('02T02:00:00')
const consent = { sub: 'ada', connection: 'one', keptUntil: 2 * never }

const job = (changes: Partial<Planned> = {}): Planned => {
  const nightly = readSchedule({ cron: '0 2 * * *', timeZone: 'UTC' })
  if (!nightly.ok) throw new Error(nightly.error)
  return {
    name: 'digest',
    schedule: nightly.value,
    spreadSeconds: 0,
    missedRuns: 'run-once',
    overlap: 'skip',
    interrupted: 'run-again',
    retries: { times: 2, firstSeconds: 10, longestSeconds: 60 },
    keptRuns: 3,
    ...changes,
  }
}

const connected = newJobState(consent, connectedAt)

/** As it is written down when a run begins. */
function begin(state: JobState, start: Omit<Beginning, 'id'> | null, startedAt: number): JobState {
  if (!start) throw new Error('nothing was to be begun')
  return { ...state, current: { ...start, id: 'run', startedAt } }
}

function runAt(planned: Planned, before: JobState, now: number, ended = outcome('done', null)) {
  const { start, state } = claim(planned, before, now)
  return afterRun(planned, begin(state, start, now), ended, now)
}

test('a job runs at the next instant after its grant was connected, and not for those before', () => {
  expect(wakeAt(job(), connected, connectedAt)).toBe(tonight)
  expect(claim(job(), connected, tonight - 1).start).toBeNull()
  expect(claim(job(), connected, tonight).start).toEqual({
    instant: tonight,
    startedBy: 'schedule',
    attempt: 1,
    interruptions: 0,
  })
})

test('an instant is begun once', () => {
  const { state } = runAt(job(), connected, tonight)

  expect(claim(job(), state, tonight).start).toBeNull()
  expect(wakeAt(job(), state, tonight)).toBe(at('03T02:00:00'))
})

test('users are spread over the spread, each always at the same place', () => {
  const spread = job({ spreadSeconds: 600 })
  const places = Array.from({ length: 200 }, (_, index) => spreadOf(spread, `user-${index}`))
  const place = spreadOf(spread, 'ada')

  expect(Math.min(...places)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...places)).toBeLessThanOrEqual(600)
  expect(new Set(places).size).toBeGreaterThan(100)
  expect(wakeAt(spread, connected, connectedAt)).toBe(tonight + place)
  expect(claim(spread, connected, tonight + place - 1).start).toBeNull()
  expect(claim(spread, connected, tonight + place).start?.instant).toBe(tonight)
})

test('one run makes up for all instants that were missed', () => {
  const start = at('05T09:00:00')
  const { state } = runAt(job(), connected, start)

  expect(claim(job(), connected, start).start?.instant).toBe(at('05T02:00:00'))
  expect(claim(job(), state, start).start).toBeNull()
  expect(wakeAt(job(), state, start)).toBe(at('06T02:00:00'))
})

test('where the policy is to skip, what was missed is recorded and not run', () => {
  const skipping = job({ missedRuns: 'skip' })

  const { start, state } = claim(skipping, connected, at('05T09:00:00'))

  expect(start).toBeNull()
  expect(state.runs).toMatchObject([{ outcome: 'missed', instant: at('05T02:00:00') }])
  expect(claim(skipping, connected, tonight + 60).start?.instant).toBe(tonight)
})

test('where the policy is to skip, who only waited is not skipped, nor who was missed by less than a minute', () => {
  const skipping = job({ missedRuns: 'skip' })
  const later = tonight + 3 * 3600

  const from = (lookoutSince: number) => claim(skipping, connected, later, lookoutSince).start

  expect(from(connectedAt)?.instant).toBe(tonight)
  expect(from(tonight + 60)?.instant).toBe(tonight)
  expect(from(tonight + 61)).toBeNull()
})

test('a run that is asked for while the night’s own is due is that one', () => {
  const later = tonight + 300
  const asking: JobState = { ...connected, asked: { at: later, by: 'user' } }

  const { state } = runAt(job(), asking, later)

  expect(state.runs).toMatchObject([{ outcome: 'done', instant: tonight, startedBy: 'user' }])
  expect(claim(job(), state, later).start).toBeNull()
  expect(wakeAt(job(), state, later)).toBe(at('03T02:00:00'))
})

test('an instant that comes during a run is skipped, and recorded as that', () => {
  const { start, state } = claim(job(), connected, tonight)
  const tomorrow = at('03T02:00:05')

  const ended = afterRun(job(), begin(state, start, tonight), outcome('done', null), tomorrow)

  expect(ended.state.runs.map((run) => run.outcome)).toEqual(['skipped', 'done'])
  expect(claim(job(), ended.state, tomorrow).start).toBeNull()
})

test('where the policy is to queue one, one more run follows, however many instants came', () => {
  const queueing = job({ overlap: 'queue-one' })
  const { start, state } = claim(queueing, connected, tonight)
  const later = at('05T02:00:05')

  const ended = afterRun(queueing, begin(state, start, tonight), outcome('done', null), later)
  const second = runAt(queueing, ended.state, later)

  expect(claim(queueing, ended.state, later).start?.instant).toBe(at('05T02:00:00'))
  expect(claim(queueing, second.state, later).start).toBeNull()
})

test('what may be better later is tried again, each time later, and not for ever', () => {
  const down = outcome('api-unreachable', null, 0)

  const first = runAt(job(), connected, tonight, down)
  const retryAt = first.state.retry?.at ?? 0
  const second = runAt(job(), first.state, retryAt, down)
  const secondAt = second.state.retry?.at ?? 0
  const third = runAt(job(), second.state, secondAt, down)

  expect(retryAt - tonight).toBeGreaterThanOrEqual(8)
  expect(retryAt - tonight).toBeLessThanOrEqual(12)
  expect(secondAt - retryAt).toBeGreaterThanOrEqual(32)
  expect(claim(job(), first.state, retryAt - 1).start).toBeNull()
  expect(claim(job(), first.state, retryAt).start).toMatchObject({ instant: tonight, attempt: 2 })
  expect(third.state.retry).toBeNull()
  expect(wakeAt(job(), third.state, secondAt)).toBe(at('03T02:00:00'))
})

test('a retry waits as long as it was told to', () => {
  const { state } = runAt(job(), connected, tonight, outcome('api-unreachable', null, 900))

  expect(state.retry?.at).toBe(tonight + 900)
})

test('what will not be better later is not tried again', () => {
  const { state } = runAt(job(), connected, tonight, outcome('api-refused', null))

  expect(state.retry).toBeNull()
})

test('the next instant takes the place of a retry that still waits', () => {
  const { state } = runAt(job(), connected, tonight, outcome('api-unreachable', null, 90_000))
  const tomorrow = at('03T02:00:00')

  const next = claim(job(), state, tomorrow)

  expect(next.start).toMatchObject({ instant: tomorrow, attempt: 1 })
  expect(next.state.retry).toBeNull()
})

test('a run whose process died is recorded, and begun once more for the same instant', () => {
  const { start, state } = claim(job(), connected, tonight)
  const dead = begin(state, start, tonight)

  const again = claim(job(), dead, tonight + 30)
  const deadAgain = claim(job(), begin(again.state, again.start, tonight + 30), tonight + 60)

  expect(again.start).toEqual({
    instant: tonight,
    startedBy: 'schedule',
    attempt: 1,
    interruptions: 1,
  })
  expect(again.state.runs.map((run) => run.outcome)).toEqual(['interrupted'])
  expect(deadAgain.start).toBeNull()
  expect(deadAgain.state.runs.map((run) => run.outcome)).toEqual(['interrupted', 'interrupted'])
})

test('where the policy is to leave it, a run whose process died is only recorded', () => {
  const leaving = job({ interrupted: 'leave' })
  const { start, state } = claim(leaving, connected, tonight)

  const after = claim(leaving, begin(state, start, tonight), tonight + 30)

  expect(after.start).toBeNull()
  expect(after.state.runs).toMatchObject([{ outcome: 'interrupted', seconds: 30 }])
})

test('a run that somebody asks for begins at once, and leaves the schedule as it is', () => {
  const asked: JobState = { ...connected, asked: { at: connectedAt + 5, by: 'user' } }

  const { state } = runAt(job(), asked, connectedAt + 5)

  expect(wakeAt(job(), asked, connectedAt + 5)).toBe(connectedAt + 5)
  expect(claim(job(), asked, connectedAt + 5).start).toMatchObject({ startedBy: 'user' })
  expect(wakeAt(job(), state, connectedAt + 6)).toBe(tonight)
})

test('a run that is asked for while a retry waits is that retry', () => {
  const { state } = runAt(job(), connected, tonight, outcome('api-unreachable', null, 900))
  const asked: JobState = { ...state, asked: { at: tonight + 5, by: 'user' } }

  const next = claim(job(), asked, tonight + 5)

  expect(next.start).toMatchObject({ instant: tonight, attempt: 2, startedBy: 'user' })
  expect(next.state.retry).toBeNull()
})

test.each(['grant-broken', 'grant-expired'] as const)(
  'after %s nothing runs until the grant is connected again',
  (name) => {
    const { state } = runAt(job(), connected, tonight, outcome(name, null))

    expect(state.parked).toBe('broken')
    expect(nextRunAt(job(), state, tonight)).toBeNull()
    expect(claim(job(), state, at('09T02:00:00')).start).toBeNull()
  },
)

test('a job without a schedule runs only when it is asked to', () => {
  const unscheduled = job({ schedule: null })

  expect(wakeAt(unscheduled, connected, connectedAt)).toBe(never)
  expect(nextRunAt(unscheduled, connected, connectedAt)).toBeNull()
  expect(claim(unscheduled, connected, at('09T02:00:00')).start).toBeNull()
})

test('of the runs only the newest are kept', () => {
  let state = connected
  for (const day of ['02', '03', '04', '05'])
    state = runAt(job(), state, at(`${day}T02:00:00`)).state

  expect(state.runs.map(({ instant }) => instant)).toEqual(
    ['05', '04', '03'].map((day) => at(`${day}T02:00:00`)),
  )
})
