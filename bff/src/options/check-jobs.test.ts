import { expect, test } from 'vitest'
import { memoryStore } from '../keyvalue/memory-store.ts'
import { systemClock } from '../base/clock.ts'
import { digest } from '../testing/grant-world.ts'
import { baseOptions } from '../testing/test-bff.ts'
import type { BffOptions } from './options.ts'
import { resolveOptions, type Settings } from './resolve-options.ts'

const job = { name: 'nightly-digest', grant: 'digest', run: () => {} }

function resolved(changes: object) {
  const options = {
    ...baseOptions,
    store: memoryStore(systemClock),
    grants: { digest },
    ...changes,
  } as BffOptions
  return resolveOptions(options)
}

function faultsOf(changes: object): readonly string[] {
  const settings = resolved(changes)
  return settings.ok ? [] : settings.error.map(({ option, text }) => `${option} ${text}`)
}

function settingsOf(changes: object): Settings {
  const settings = resolved(changes)
  if (!settings.ok) throw new Error(JSON.stringify(settings.error))
  return settings.value
}

test('a job that says no more than it must gets every default', () => {
  const { jobRunner, jobs } = settingsOf({ jobs: [job] })

  expect(jobRunner).toEqual({ where: 'here', tokenRequestsPerSecond: 10 })
  expect(jobs).toMatchObject([
    {
      schedule: null,
      api: new URL('https://api.example.org/v1'),
      spreadSeconds: 60,
      missedRuns: 'run-once',
      overlap: 'skip',
      interrupted: 'run-again',
      concurrency: 10,
      timeoutSeconds: 60,
      retries: { times: 5, firstSeconds: 30, longestSeconds: 3600 },
      keptRuns: 10,
    },
  ])
})

test('a job calls the API that it names, and else the first that takes a token', () => {
  const upstreams = [
    { prefix: '/api/news', target: 'https://news.example.org', token: 'none' },
    { prefix: '/api', target: 'https://api.example.org' },
    { prefix: '/api/files', target: 'https://files.example.org' },
  ]

  const { jobs } = settingsOf({
    upstreams,
    jobs: [
      { ...job, api: '/api/files' },
      { ...job, name: 'other', api: '/api' },
    ],
  })

  expect(jobs.map(({ api }) => api.host)).toEqual(['files.example.org', 'api.example.org'])
})

test.each([
  [{ name: 'Nightly digest' }, /^jobs\[0\]\.name is no name/],
  [{ name: undefined }, /^jobs\[0\]\.name is no name/],
  [{ grant: 'digset' }, /^jobs\[0\]\.grant names no grant\. Did you mean digest\?/],
  [{ schedule: '0 25 * * *' }, /^jobs\[0\]\.schedule is no cron schedule/],
  [{ schedule: ['0 2 * * *', '0 0 31 2 *'] }, /^jobs\[0\]\.schedule\[1\] never comes about/],
  [
    { schedule: { cron: '0 2 * * *', timeZone: 'Berlin' } },
    /^jobs\[0\]\.schedule has no such time zone/,
  ],
  [
    { schedule: { cron: '0 2 * * *', timezone: 'UTC' } },
    /schedule\.timezone .*Did you mean timeZone\?/,
  ],
  [{ schedule: 7 }, /^jobs\[0\]\.schedule is not an object/],
  [
    { api: '/apo' },
    /^jobs\[0\]\.api names no row that takes a token and demands no sign-in\. Did you mean \/api\?/,
  ],
  [{ overlap: 'queue' }, /^jobs\[0\]\.overlap is not known here\. Use "skip" or "queue-one"\./],
  [{ concurrency: 0 }, /^jobs\[0\]\.concurrency/],
  [{ timeoutSeconds: -1 }, /^jobs\[0\]\.timeoutSeconds/],
  [{ retries: { tries: 3 } }, /^jobs\[0\]\.retries\.tries is not a name known here/],
  [{ run: undefined }, /^jobs\[0\]\.run is no function/],
  [{ retires: {} }, /^jobs\[0\]\.retires .*Did you mean retries\?/],
])('of a job that says %o it is told what is wrong, and the cure', (changes, text) => {
  expect(faultsOf({ jobs: [{ ...job, ...changes }] })).toEqual([expect.stringMatching(text)])
})

test('no job calls what wants the user to have just signed in', () => {
  const upstreams = [
    { prefix: '/api', target: 'https://api.example.com' },
    { prefix: '/api/transfers', target: 'https://api.example.com', maxAge: 300 },
  ] as const

  expect(faultsOf({ jobs: [{ ...job, api: '/api/transfers' }], upstreams })).toEqual([
    expect.stringContaining('demands no sign-in'),
  ])
  expect(faultsOf({ jobs: [{ ...job, api: '/api' }], upstreams })).toEqual([])
})

test('what is wrong with the jobs together, and with how they are run, is told, too', () => {
  const { agenda: _without, ...store } = memoryStore(systemClock)

  expect(faultsOf({ jobs: [job, job] })).toEqual([
    'jobs[1].name is that of jobs[0], too. Give it another.',
  ])
  expect(faultsOf({ jobs: [job], grants: {} })).toEqual([
    'jobs[0].grant names no grant, as there is none. Add it to grants.',
  ])
  expect(faultsOf({ jobs: [job], store })).toEqual([
    'store has no agenda, which jobs need. Give it one, or leave the jobs out.',
  ])
  expect(faultsOf({ jobs: [job], upstreams: [] })).toEqual([
    'jobs need an API to call, and no row of upstreams takes a token. Add one.',
  ])
  expect(faultsOf({ jobs: {} })).toEqual(['jobs is not a list of jobs.'])
  expect(faultsOf({ jobRunner: { where: 'there' } })).toEqual([
    'jobRunner.where is not known here. Use "here" or "elsewhere".',
  ])
  expect(faultsOf({ jobRunner: { tokenRequestsPerSecond: -1 } })).toEqual([
    'jobRunner.tokenRequestsPerSecond is not a number from 0 (no limit) to 10000.',
  ])
})
