import { expect, test, vi } from 'vitest'
import { digestOf } from '../testing/grant-world.ts'
import { jobWorld } from '../testing/job-world.ts'
import { secret } from '../testing/test-bff.ts'
import type { Job, JobRun } from './job.ts'
import type { Jobs } from './jobs.ts'
import { watchSeconds } from './plan.ts'

const job = {
  name: 'nightly-digest',
  grant: 'digest',
  schedule: '0 2 * * *',
  spreadSeconds: 0,
  run: () => {},
} as const

const elsewhere = { where: 'elsewhere', tokenRequestsPerSecond: 0 } as const

test('a run whose process died is recorded and begun once more, by whoever looks next', async () => {
  const keys: string[] = []
  const world = await jobWorld({
    run: ({ idempotencyKey }) => {
      keys.push(idempotencyKey)
      return keys.length === 1 ? new Promise<void>(() => {}) : undefined
    },
  })
  world.wait(world.tonight)
  await world.bff.jobs?.tick()
  await vi.waitFor(() => expect(keys).toHaveLength(1))
  const other = world.another({
    jobs: [{ ...job, run: ({ idempotencyKey }) => void keys.push(idempotencyKey) }],
  })

  // Nobody renews its lease any more, as the hand clock is ahead of it.
  world.clock.advance(16)
  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()

  expect(new Set(keys).size).toBe(1)
  expect(keys).toHaveLength(2)
  expect(await world.outcomes()).toEqual(['done', 'interrupted'])
})

test('a run whose process died is recorded even where its grant was withdrawn meanwhile', async () => {
  const begun = Promise.withResolvers<void>()
  const world = await jobWorld({ run: () => {} })
  const run = () => {
    begun.resolve()
    return new Promise<void>(() => {})
  }
  const dying = world.another({ jobs: [{ ...job, run }] })
  world.wait(world.tonight)
  await dying.bff.jobs?.tick()
  await begun.promise
  await world.browser.navigate('/auth/login')
  await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })

  world.clock.advance(20)
  await world.run()
  const listed = await world.bff.jobs?.list()

  expect(await world.outcomes()).toEqual(['interrupted'])
  expect(await world.seen()).toMatchObject({ state: 'not-connected', running: false })
  expect(world.eventsNamed('job-run-started')).toHaveLength(0)
  expect(listed).toMatchObject([{ users: 0 }])
})

test('a run that slept and was overtaken sends nothing and writes nothing', async () => {
  const wakeUp = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const world = await jobWorld({
    async run({ call }) {
      begun.resolve()
      await wakeUp.promise
      await call('/notes')
      return 'The one that slept.'
    },
  })
  world.wait(world.tonight)
  await world.bff.jobs?.tick()
  await begun.promise
  const other = world.another({ jobs: [{ ...job, run: () => 'The one that took over.' }] })
  world.clock.advance(16)
  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()

  wakeUp.resolve()
  await world.bff.jobs?.settled()

  expect(world.apiCalls).toHaveLength(0)
  const runs = await world.runs()
  expect(runs.map(({ detail }) => detail)).toEqual([
    'The one that took over.',
    'It was interrupted.',
  ])
})

test('a server that stops lets short runs end, breaks off long ones, and another begins those again', async () => {
  let told = false
  const begun = Promise.withResolvers<void>()
  const world = await jobWorld({
    async run({ signal }) {
      begun.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      told = true
      throw new Error('stopped')
    },
  })
  world.wait(world.tonight)
  const stopping = world.another({ jobs: [{ ...job, run: stubOf(world) }] })
  await stopping.bff.jobs?.tick()
  await begun.promise

  await stopping.bff.jobs?.stop(0)
  const another = world.another({ jobs: [{ ...job, run: () => 'Done after all.' }] })
  await another.bff.jobs?.tick()
  await another.bff.jobs?.settled()

  expect(told).toBe(true)
  expect(await world.outcomes()).toEqual(['done', 'interrupted'])
})

test('a run is begun again however often the server is restarted in good order', async () => {
  const world = await jobWorld({ run: () => 'Done after all.' })
  world.wait(world.tonight)
  for (let restart = 0; restart < 3; restart += 1) {
    const begun = Promise.withResolvers<void>()
    const run: Job['run'] = async ({ signal }) => {
      begun.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw new Error('stopped')
    }
    const stopping = world.another({ jobs: [{ ...job, run }] })
    await stopping.bff.jobs?.tick()
    await begun.promise
    await stopping.bff.jobs?.stop(0)
  }

  await world.run()

  expect(await world.outcomes()).toEqual(['done', 'interrupted', 'interrupted', 'interrupted'])
})

function stubOf({ bff }: Awaited<ReturnType<typeof jobWorld>>): Job['run'] {
  const [known] = bff.jobs?.all ?? []
  if (!known) throw new Error('there is no job')
  return known.run
}

test('a job that is new in the configuration finds those who had connected its grant', async () => {
  const world = await jobWorld({ run: () => {} }, { jobs: [] })
  let times = 0
  const other = world.another({ jobs: [{ ...job, run: () => void (times += 1) }] })

  await other.bff.jobs?.tick()
  world.wait(world.tonight)
  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()

  expect(times).toBe(1)
})

const waysToRun: readonly [string, (jobs: Jobs, known: Job) => Promise<readonly unknown[]>][] = [
  ['an operator runs it for everybody', (jobs, known) => ranNow(jobs, known, null)],
  ['an operator runs it for one user', (jobs, known) => ranNow(jobs, known, 'ada')],
  ['an operator lists the jobs', async (jobs) => (await jobs.list()).map(({ users }) => users)],
  ['a user asks for a run', async (jobs, known) => [await jobs.ask(known, 'ada')]],
]

async function ranNow(jobs: Jobs, known: Job, sub: string | null): Promise<readonly unknown[]> {
  const outcomes: string[] = []
  for await (const { outcome } of jobs.runNow(known, { sub })) outcomes.push(outcome)
  return outcomes
}

test.each(waysToRun)(
  'a new job finds its users before a runner started, too, where %s',
  async (_, way) => {
    const world = await jobWorld({ run: () => {} }, { jobs: [] })
    const { jobs } = world.another({ jobs: [job] }).bff
    const [known] = jobs?.all ?? []
    if (!jobs || !known) throw new Error('there is no job')

    const [first] = await way(jobs, known)

    expect(['done', 1, 'queued']).toContain(first)
  },
)

test('a schedule that was changed counts from the next start', async () => {
  const world = await jobWorld({ run: () => {} })
  world.wait(world.tonight)
  await world.run()
  let times = 0
  const earlier = { ...job, schedule: '0 1 * * *', run: () => void (times += 1) }
  const other = world.another({ jobs: [earlier] })

  await other.bff.jobs?.tick()
  world.wait(world.tonight + 23 * 3600)
  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()

  expect(times).toBe(1)
})

test('a schedule that was changed runs nobody at once for an instant that it would have had before', async () => {
  const world = await jobWorld({ run: () => {} })
  world.wait(world.tonight)
  await world.run()
  world.wait(world.tonight + 8 * 3600)
  let times = 0
  const other = world.another({
    jobs: [{ ...job, schedule: '0 9 * * *', run: () => void (times += 1) }],
  })

  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()
  const atOnce = times
  world.clock.advance(86_400)
  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()

  expect(atOnce).toBe(0)
  expect(times).toBe(1)
})

test('where jobs run in the server, they do so by themselves', async () => {
  let times = 0
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const world = await jobWorld({ run: () => {} })
  const here = { ...elsewhere, where: 'here' } as const
  const other = world.another({
    jobs: [{ ...job, run: () => void (times += 1) }],
    jobRunner: here,
  })
  world.wait(world.tonight)

  await vi.advanceTimersByTimeAsync(1000)
  vi.useRealTimers()
  await vi.waitFor(() => expect(times).toBe(1))
  await other.bff.close()

  world.clock.advance(86_400)
  await other.bff.jobs?.tick()
  expect(times).toBe(1)
})

test('an operator sees who has a job, and whose run is due', async () => {
  const world = await jobWorld({ run: () => 'Done.' })
  world.wait(world.tonight)

  const listed = await world.bff.jobs?.list()
  await world.run()

  expect(listed).toMatchObject([
    { name: 'nightly-digest', grant: 'digest', users: 1, due: 1, schedules: ['0 2 * * * UTC'] },
  ])
  expect(await world.bff.jobs?.list()).toMatchObject([{ users: 1, due: 0 }])
})

const stray = { session: { secrets: ['quite another secret of a staging machine, long'] } }

test('an instance with other secrets takes nobody’s job away, and says so in its log', async () => {
  let times = 0
  const world = await jobWorld({ run: () => void (times += 1) })
  const other = world.another(stray)
  world.wait(world.tonight)

  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()
  world.clock.advance(60)
  await world.run()

  expect(times).toBe(1)
  expect(other.events).toContainEqual({
    name: 'job-runner-failed',
    job: 'nightly-digest',
    detail: 'the state of a user does not open with the secrets that this instance has',
  })
})

test('a grant that was sealed by newer keys is not taken for withdrawn', async () => {
  let times = 0
  const world = await jobWorld({ run: () => void (times += 1) })
  const newer = world.anotherRunner({
    session: { secrets: ['a newer secret that is long enough to be one', secret] },
  })
  world.clock.advance(400)
  await newer.tokens.fresh(digestOf)
  world.wait(world.tonight)

  await world.run()

  expect(times).toBe(0)
  expect(world.eventsNamed('job-runner-failed')).toMatchObject([
    { detail: 'the grant of a user does not open with the secrets that this instance has' },
  ])
  expect(await world.bff.jobs?.list()).toMatchObject([{ users: 1 }])
})

test('a run whose grant is sealed anew by newer keys goes on, and what it can’t do itself is done by who has them', async () => {
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const run = async ({ call }: JobRun) => {
    begun.resolve()
    await goOn.promise
    await call('/notes')
  }
  const world = await jobWorld({ run })
  const secrets = ['a newer secret that is long enough to be one', secret]
  const newer = world.another({ session: { secrets } })
  vi.useFakeTimers({ toFake: ['setInterval'] })
  world.wait(world.tonight)
  await world.bff.jobs?.tick()
  await begun.promise
  await world.anotherRunner({ session: { secrets } }).tokens.fresh(digestOf)

  await vi.advanceTimersByTimeAsync(watchSeconds * 1000)
  vi.useRealTimers()
  const stopped = world.eventsNamed('job-run-ended')
  goOn.resolve()
  await world.bff.jobs?.settled()
  await newer.bff.jobs?.tick()
  await newer.bff.jobs?.settled()

  expect(stopped).toEqual([])
  expect(world.eventsNamed('job-run-ended')).toMatchObject([{ outcome: 'interrupted' }])
  expect(newer.events.filter(({ name }) => name === 'job-run-ended')).toMatchObject([
    { outcome: 'done' },
  ])
  expect(world.apiCalls).toHaveLength(1)
})

test('an instance with other secrets leaves those who had connected the grant of a new job to one that has them', async () => {
  const world = await jobWorld({ run: () => {} }, { jobs: [] })
  let times = 0
  const jobs = [{ ...job, run: () => void (times += 1) }]
  const other = world.another({ ...stray, jobs })
  await other.bff.jobs?.tick()
  const right = world.another({ jobs })

  await right.bff.jobs?.tick()
  world.wait(world.tonight)
  await right.bff.jobs?.tick()
  await right.bff.jobs?.settled()

  expect(times).toBe(1)
})
