import { afterEach, expect, test, vi } from 'vitest'
import { anotherUser, jobWorld, type JobWorld } from '../testing/job-world.ts'
import { issuer, secret } from '../testing/test-bff.ts'
import { expectOk, RetryLater } from './job-errors.ts'
import type { Job, JobRun } from './job.ts'

afterEach(() => {
  vi.useRealTimers()
})

function jobOf({ bff }: JobWorld): Job {
  const [job] = bff.jobs?.all ?? []
  if (!job) throw new Error('there is no job')
  return job
}

const readNotes = async ({ call }: JobRun) => {
  await expectOk(call('/notes'))
}

test('a job runs at its time for a user who is away, with a fresh token of theirs', async () => {
  const seen: Partial<JobRun>[] = []
  const world = await jobWorld({
    async run(run) {
      seen.push(run)
      await expectOk(run.call('/notes?since=7'))
      return 'Read 3 notes.'
    },
  })

  world.wait(world.tonight - 1)
  await world.run()
  const early = world.apiCalls.length
  world.wait(world.tonight)
  await world.run()

  expect(early).toBe(0)
  expect(world.apiCalls).toHaveLength(1)
  const [call] = world.apiCalls
  expect(call?.url).toBe('https://api.example.org/v1/notes?since=7')
  const token = call?.headers.get('Authorization')?.replace('Bearer ', '') ?? ''
  expect(world.provider.isActive(token)).toBe(true)
  expect(seen).toMatchObject([
    {
      user: { sub: 'ada' },
      instant: world.tonight,
      startedBy: 'schedule',
      attempt: 1,
      missingScopes: [],
    },
  ])
  expect(await world.runs()).toEqual([
    { startedAt: world.tonight, seconds: 0, outcome: 'done', detail: 'Read 3 notes.' },
  ])
})

test('what a job says is logged under its run, and no more of it than a log can bear', async () => {
  const world = await jobWorld({
    async run({ log }) {
      log('Looking for notes.')
      log('and so on, '.repeat(1000))
    },
  })
  world.wait(world.tonight)
  await world.run()

  const [first, second] = world.eventsNamed('job-said')
  expect(first).toMatchObject({ text: 'Looking for notes.' })
  expect(second?.run).toBe(first?.run)
  expect(second?.text).toHaveLength(1000)
})

test('the user is told when it ran last, how that ended, and when it runs next', async () => {
  const world = await jobWorld({ run: readNotes })
  world.wait(world.tonight)
  await world.run()
  await world.browser.navigate('/auth/login')

  expect(await world.seen()).toMatchObject({
    state: 'connected',
    running: false,
    lastUsedAt: world.tonight,
    lastOutcome: 'done',
    nextRunAt: world.tonight + 86_400,
  })
})

test('an instant is run once, however many instances there are and however often they look', async () => {
  const world = await jobWorld({ run: readNotes })
  const others = [world.another(), world.another()]
  world.wait(world.tonight)

  const all = [world.bff, ...others.map(({ bff }) => bff)]
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(all.map(async ({ jobs }) => jobs?.tick()))
    await Promise.all(all.map(async ({ jobs }) => jobs?.settled()))
    world.clock.advance(20)
  }

  expect(world.apiCalls).toHaveLength(1)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('each user gets a run of their own, by their own grant', async () => {
  const world = await jobWorld({ run: readNotes })
  const grace = await anotherUser(world, 'grace')
  world.wait(world.tonight)

  await world.run()

  const tokens = world.apiCalls.map(({ headers }) => headers.get('Authorization'))
  expect(new Set(tokens).size).toBe(2)
  await grace.navigate('/auth/login')
  expect(
    world
      .eventsNamed('job-run-ended')
      .map(({ sub }) => sub)
      .toSorted(),
  ).toEqual(['ada', 'grace'])
})

test('no more users are served at a time than the job allows', async () => {
  let running = 0
  let most = 0
  const release = Promise.withResolvers<void>()
  const world = await jobWorld({
    concurrency: 2,
    async run() {
      running += 1
      most = Math.max(most, running)
      await release.promise
      running -= 1
    },
  })
  for (const sub of ['grace', 'alan', 'edsger']) await anotherUser(world, sub)
  world.wait(world.tonight)

  await world.bff.jobs?.tick()
  await vi.waitFor(() => expect(running).toBe(2))
  await world.bff.jobs?.tick()
  release.resolve()
  await world.bff.jobs?.settled()
  await world.run()

  expect(most).toBe(2)
  expect(world.eventsNamed('job-run-ended')).toHaveLength(4)
})

test('where missed runs are skipped, nobody is for waiting behind others, however long that takes', async () => {
  const world = await jobWorld({
    concurrency: 1,
    missedRuns: 'skip',
    run: () => world.clock.advance(50),
  })
  for (const sub of ['grace', 'alan', 'edsger']) await anotherUser(world, sub)
  await world.run()
  for (let at = world.clock.now(); at < world.tonight; at = world.clock.now()) {
    world.clock.advance(Math.min(50, world.tonight - at))
    await world.run()
  }

  // The last of them gets their turn two and a half minutes late.
  for (let user = 0; user < 4; user += 1) await world.run()

  expect(world.eventsNamed('job-run-ended').map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: 4 }, () => 'done'),
  )
})

test('where missed runs are skipped, all are that came due while nothing ran', async () => {
  let times = 0
  const world = await jobWorld({ missedRuns: 'skip', run: () => void (times += 1) })
  await world.run()
  world.wait(world.tonight + 600)

  await world.run()
  await world.run()

  expect(times).toBe(0)
  expect(await world.outcomes()).toEqual(['missed'])
})

test('a token that the API refuses is renewed no sooner than the provider may be asked again', async () => {
  const refused = Promise.withResolvers<void>()
  const world = await jobWorld(
    { run: readNotes },
    { jobRunner: { where: 'elsewhere', tokenRequestsPerSecond: 0.1 } },
  )
  world.api = () => {
    refused.resolve()
    return new Response(null, { status: 401 })
  }
  world.wait(world.tonight)
  await world.bff.jobs?.tick()
  await refused.promise

  await world.bff.jobs?.stop(0.1)

  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
  expect(await world.outcomes()).toEqual(['interrupted'])
})

test('the provider down for an hour costs nobody their run: it is made up for when it is back', async () => {
  const world = await jobWorld({ run: readNotes })
  world.wait(world.tonight)
  world.provider.tokenAnswer = () => new Response(null, { status: 503 })

  for (let minute = 0; minute < 60; minute += 1) {
    await world.run()
    world.clock.advance(60)
  }
  const asked = world.provider.tokenRequests('refresh_token')
  world.provider.tokenAnswer = null
  // Of the six tries the last comes up to 125 minutes after the first: pauses are a fifth shorter or longer.
  for (let minute = 0; minute < 70; minute += 1) {
    await world.run()
    world.clock.advance(60)
  }

  expect(asked).toBeLessThanOrEqual(6)
  expect(world.apiCalls).toHaveLength(1)
  const outcomes = await world.outcomes()
  expect(outcomes[0]).toBe('done')
  expect(new Set(outcomes.slice(1))).toEqual(new Set(['provider-unreachable']))
  expect((await world.seen()).state).toBe('connected')
})

test('scopes that were reduced are told to the run and to the user', async () => {
  let told: readonly string[] = []
  const world = await jobWorld({
    run: async (run) => {
      told = run.missingScopes
      await expectOk(run.call('/notes'))
    },
  })
  world.wait(world.tonight)
  world.api = () => new Response(null, { status: 403 })
  const { app } = world.provider
  world.internet.host(issuer, async (request) => {
    const response = await app.fetch(request)
    if (new URL(request.url).pathname !== '/token') return response
    return Response.json({ ...((await response.json()) as object), scope: 'openid offline_access' })
  })

  await world.run()

  expect(told).toEqual(['notes'])
  expect(await world.runs()).toMatchObject([
    { outcome: 'api-refused', detail: 'The API refused it (403).' },
  ])
  expect((await world.seen()).missingScopes).toEqual(['notes'])
})

test('a key that was rotated meanwhile is no obstacle', async () => {
  const world = await jobWorld({ run: readNotes })
  const later = world.another({
    session: { secrets: ['another secret that is long enough to be one', secret] },
  })
  world.wait(world.tonight)

  await later.bff.jobs?.tick()
  await later.bff.jobs?.settled()

  expect(later.events.filter(({ name }) => name === 'job-run-ended')).toMatchObject([
    { outcome: 'done' },
  ])
  expect(world.apiCalls).toHaveLength(1)
})

test('an API that is down is tried again, with the same key each time', async () => {
  const keys: string[] = []
  const world = await jobWorld({
    async run({ call, idempotencyKey }) {
      keys.push(idempotencyKey)
      await expectOk(call('/digests', { method: 'POST', idempotent: true }))
    },
  })
  world.wait(world.tonight)
  world.api = () => new Response(null, { status: 503 })
  await world.run()
  world.api = () => new Response(null, { status: 201 })

  world.clock.advance(30)
  await world.run()
  world.clock.advance(10)
  await world.run()

  expect(await world.outcomes()).toEqual(['done', 'api-unreachable'])
  expect(new Set(keys).size).toBe(1)
  const sent = world.apiCalls.map(({ headers }) => headers.get('Idempotency-Key'))
  expect(sent).toEqual([keys[0], keys[0]])
})

test('an API that refuses is not asked again', async () => {
  const world = await jobWorld({ run: readNotes })
  world.wait(world.tonight)
  world.api = () => new Response(null, { status: 403 })

  await world.run()
  world.clock.advance(7200)
  await world.run()

  expect(world.apiCalls).toHaveLength(1)
  expect(await world.outcomes()).toEqual(['api-refused'])
})

test('a job that throws has failed; the log tells its class and not its words', async () => {
  const world = await jobWorld({
    run() {
      throw new TypeError('the note "my password is swordfish"')
    },
  })
  world.wait(world.tonight)

  await world.run()

  expect(await world.runs()).toMatchObject([{ outcome: 'failed', detail: 'It failed.' }])
  expect(world.eventsNamed('job-run-failed')).toMatchObject([{ detail: 'TypeError' }])
  expect(JSON.stringify(world.events)).not.toContain('swordfish')
})

test('a job that asks for another time gets it', async () => {
  let times = 0
  const world = await jobWorld({
    run() {
      times += 1
      if (times === 1) throw new RetryLater({ afterSeconds: 600 })
    },
  })
  world.wait(world.tonight)
  await world.run()
  world.clock.advance(599)
  await world.run()
  const early = times
  world.clock.advance(1)
  await world.run()

  expect(early).toBe(1)
  expect(await world.outcomes()).toEqual(['done', 'not-yet'])
})

test('a job over its time is told to stop, and can call nothing any more', async () => {
  let late: unknown = null
  const world = await jobWorld({
    timeoutSeconds: 20,
    async run({ call, signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      late = await call('/notes').catch((error: unknown) => error)
      throw new Error('stopped')
    },
  })
  world.wait(world.tonight)
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  await world.bff.jobs?.tick()
  await vi.waitFor(() => expect(world.eventsNamed('job-run-started')).toHaveLength(1))

  await vi.advanceTimersByTimeAsync(20_000)
  await world.bff.jobs?.settled()
  vi.useRealTimers()

  expect(late).toMatchObject({ name: 'JobCallError', fault: 'stopped' })
  expect(world.apiCalls).toHaveLength(0)
  expect(await world.runs()).toMatchObject([
    { outcome: 'timed-out', detail: 'It took longer than 20 s.' },
  ])
})

test('a job that hangs and heeds nothing is left to itself, and its user is not', async () => {
  const world = await jobWorld({ timeoutSeconds: 20, run: () => new Promise(() => {}) })
  world.wait(world.tonight)
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  await world.bff.jobs?.tick()
  await vi.waitFor(() => expect(world.eventsNamed('job-run-started')).toHaveLength(1))

  await vi.advanceTimersByTimeAsync(26_000)
  await world.bff.jobs?.settled()
  vi.useRealTimers()

  expect(world.eventsNamed('job-run-abandoned')).toHaveLength(1)
  expect(await world.outcomes()).toEqual(['timed-out'])
})

test('a grant that is withdrawn in the middle of a run stops it', async () => {
  const begun = Promise.withResolvers<void>()
  let call: JobRun['call'] | null = null
  const world = await jobWorld({
    async run(run) {
      call = run.call
      begun.resolve()
      await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
      await run.call('/notes')
    },
  })
  await world.bff.jobs?.ask(jobOf(world), 'ada')
  await world.bff.jobs?.tick()
  await begun.promise

  await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })
  await world.bff.jobs?.settled()

  expect(world.apiCalls).toHaveLength(0)
  await expect((call as JobRun['call'] | null)?.('/notes')).rejects.toThrow('stopped')
  const seen = await world.seen()
  expect(seen).toMatchObject({ state: 'not-connected', lastOutcome: 'grant-withdrawn' })
  expect(seen.nextRunAt).toBeNull()
  world.wait(world.tonight)
  await world.run()
  expect(world.eventsNamed('job-run-started')).toHaveLength(1)
})

test('a grant that is withdrawn on another instance stops the run at its next call', async () => {
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const world = await jobWorld({
    async run(run) {
      begun.resolve()
      await goOn.promise
      await run.call('/notes')
    },
  })
  const other = world.another()
  world.wait(world.tonight)
  await other.bff.jobs?.tick()
  await begun.promise

  await world.browser.navigate('/auth/login')
  await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })
  goOn.resolve()
  await other.bff.jobs?.settled()

  expect(world.apiCalls).toHaveLength(0)
  expect(await world.outcomes()).toEqual(['grant-withdrawn'])
})

test('a grant that is broken is told once, asks the provider for nothing more, and runs again when it is connected', async () => {
  const world = await jobWorld({ run: readNotes })
  world.wait(world.tonight)
  world.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
  await world.run()
  world.provider.tokenAnswer = null
  const asked = world.provider.tokenRequests('refresh_token')
  world.clock.advance(86_400)
  await world.run()

  expect(world.provider.tokenRequests('refresh_token')).toBe(asked)
  expect(await world.runs()).toMatchObject([{ outcome: 'grant-broken' }])
  expect(await world.seen()).toMatchObject({ state: 'broken', nextRunAt: null })

  await world.connect()
  world.clock.advance(86_400)
  await world.run()

  expect(await world.outcomes()).toEqual(['done', 'grant-broken'])
})

test('a grant whose time is up runs nothing more', async () => {
  const world = await jobWorld({ run: readNotes })
  world.clock.advance(91 * 86_400)

  await world.run()
  world.clock.advance(86_400)
  await world.run()

  expect(world.apiCalls).toHaveLength(0)
  expect(await world.outcomes()).toEqual(['grant-expired'])
})

test.each([
  ['with a schedule', '0 2 * * *'],
  ['that is run by hand alone', null],
])('a grant whose time is up is over at the provider, too, with a job %s', async (_, schedule) => {
  const world = await jobWorld({ run: readNotes, ...(schedule ? { schedule } : { schedule: [] }) })
  const token = world.provider.issued.findLast((value) => value.startsWith('refresh-')) ?? ''
  world.clock.advance(90 * 86_400)

  await world.run()

  expect(world.provider.isActive(token)).toBe(false)
  expect(await world.outcomes()).toEqual(['grant-expired'])
})

test('a grant whose time is up is told of, and promises no next run', async () => {
  const world = await jobWorld({ run: readNotes })
  const lastNight = world.tonight + 89 * 86_400
  world.wait(lastNight)
  await world.run()
  await world.browser.navigate('/auth/login')

  expect(await world.seen()).toMatchObject({ state: 'connected', nextRunAt: null })
  world.clock.advance(86_400)
  await world.browser.navigate('/auth/login')

  expect(await world.seen()).toMatchObject({ state: 'expired', nextRunAt: null })
  expect(await (await world.browser.fetch('/auth/session')).json()).toMatchObject({
    brokenGrants: ['digest'],
  })
})
