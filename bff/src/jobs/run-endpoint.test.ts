import { grantRunSchema } from '@strongroom/client/schemas'
import { expect, test } from 'vitest'
import { jobWorld } from '../testing/job-world.ts'

const runPath = '/auth/grants/digest/run'

test('a user has their job run now, and reads what came of it', async () => {
  const world = await jobWorld({ run: () => 'Wrote a digest.' })

  const answer = await world.browser.fetch(runPath, { method: 'POST' })
  const queued = await world.seen()
  await world.run()

  expect(answer.status).toBe(202)
  expect(grantRunSchema.parse(await answer.json())).toEqual({
    jobs: [{ job: 'nightly-digest', state: 'queued' }],
  })
  expect(queued.nextRunAt).toBe(world.clock.now())
  expect(await world.runs()).toMatchObject([{ outcome: 'done', detail: 'Wrote a digest.' }])
  expect(world.eventsNamed('job-run-started')).toMatchObject([{ startedBy: 'user', sub: 'ada' }])
  expect((await world.seen()).nextRunAt).toBe(world.tonight)
})

test('a run that the server was asked for may be run by another process', async () => {
  const world = await jobWorld({ run: () => {} })
  const other = world.another()

  await world.browser.fetch(runPath, { method: 'POST' })
  await other.bff.jobs?.tick()
  await other.bff.jobs?.settled()

  expect(await world.outcomes()).toEqual(['done'])
})

test('who asks again before it has begun has asked once, and who asks right after it is to wait', async () => {
  const world = await jobWorld({ run: () => {} })

  const answers = [
    await world.browser.fetch(runPath, { method: 'POST' }),
    await world.browser.fetch(runPath, { method: 'POST' }),
  ]
  await world.run()
  const soon = await world.browser.fetch(runPath, { method: 'POST' })
  world.clock.advance(10)
  const later = await world.browser.fetch(runPath, { method: 'POST' })

  expect(answers.map(({ status }) => status)).toEqual([202, 202])
  expect(world.eventsNamed('job-run-started')).toHaveLength(1)
  expect(soon.status).toBe(429)
  expect(soon.headers.get('Retry-After')).toBe('10')
  expect(later.status).toBe(202)
})

test('a run that is asked for while one is under way is that one', async () => {
  const release = Promise.withResolvers<void>()
  const world = await jobWorld({ run: () => release.promise })
  await world.browser.fetch(runPath, { method: 'POST' })
  await world.bff.jobs?.tick()
  await expect.poll(async () => (await world.seen()).running).toBe(true)

  const answer = await world.browser.fetch(runPath, { method: 'POST' })
  release.resolve()
  await world.bff.jobs?.settled()
  await world.run()

  expect(await answer.json()).toEqual({ jobs: [{ job: 'nightly-digest', state: 'running' }] })
  expect(world.eventsNamed('job-run-started')).toHaveLength(1)
})

test('nobody but a user of a page of ours has anything run, and nobody for somebody else', async () => {
  const world = await jobWorld({ run: () => {} })
  const ask = (headers: Record<string, string>) =>
    world.browser.fetch(runPath, { method: 'POST', headers })
  const nobody = world.browser.with(new Map())

  expect((await ask({ 'X-CSRF': '' })).status).toBe(403)
  expect((await ask({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
  expect((await nobody.fetch(runPath, { method: 'POST' })).status).toBe(401)
  await world.run()
  expect(world.eventsNamed('job-run-started')).toEqual([])

  world.provider.sub = 'mallory'
  await nobody.navigate('/auth/login')
  const mallory = await nobody.fetch(`${runPath}?sub=ada`, { method: 'POST' })
  await world.run()

  expect(mallory.status).toBe(400)
  expect(world.eventsNamed('job-run-started')).toEqual([])
})

test('there is nothing to run of a grant or a job that is not configured', async () => {
  const world = await jobWorld({ run: () => {} })

  const other = await world.browser.fetch('/auth/grants/other/run', { method: 'POST' })
  const noJob = await world.browser.fetch(`${runPath}?job=other`, { method: 'POST' })
  const reading = await world.browser.fetch(runPath)

  expect([other.status, noJob.status, reading.status]).toEqual([404, 404, 405])
})
