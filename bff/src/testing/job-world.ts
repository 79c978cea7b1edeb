import type { GrantView } from '@strongroom/client'
import type { JobOptions } from '../jobs/job.ts'
import type { BffOptions } from '../options/options.ts'
import { connectPath, digest, freshStore, grantWorld, type GrantWorld } from './grant-world.ts'
import type { Browser } from './browser.ts'
import { anotherInstance } from './test-bff.ts'

export interface JobWorld extends GrantWorld {
  /** The instant of the schedule that comes next: two in the morning. */
  readonly tonight: number
  /** Sets the clock to then. */
  wait(until: number): void
  /** Runs what is due now, and waits until it is done. */
  run(): Promise<void>
  /** What its user is told of the runs, the newest first. */
  runs(): Promise<GrantView['jobs'][number]['runs']>
  outcomes(): Promise<string[]>
  /** Another process of the same app. */
  another(options?: Partial<BffOptions>): ReturnType<typeof anotherInstance>
}

const daySeconds = 86_400

/** A user who has connected a grant and is away, and a job that is due each night at two. */
export async function jobWorld(
  job: Partial<JobOptions> & Pick<JobOptions, 'run'>,
  options: Partial<BffOptions> = {},
): Promise<JobWorld> {
  const nightly = {
    name: 'nightly-digest',
    grant: 'digest',
    schedule: '0 2 * * *',
    spreadSeconds: 0,
    ...job,
  }
  const given = {
    store: freshStore(),
    grants: { digest },
    jobs: [nightly],
    jobRunner: { where: 'elsewhere', tokenRequestsPerSecond: 0 },
    ...options,
  } as const
  const world = await grantWorld(given)
  const { clock } = world
  // Whoever connects just before two has a token that is still fresh then.
  if (nextTwo(clock.now()) - clock.now() < 120) clock.advance(120)
  await world.connect()
  const { jobs } = world.bff
  if (!jobs) throw new Error('there are no jobs')
  const runs = async () => {
    // Their session is long over when they come by again.
    await world.browser.navigate('/auth/login')
    return (await world.seen()).jobs[0]?.runs ?? []
  }
  return Object.assign(world, {
    tonight: nextTwo(clock.now()),
    wait: (until: number) => clock.advance(until - clock.now()),
    async run() {
      await jobs.tick()
      await jobs.settled()
    },
    runs,
    outcomes: async () => (await runs()).map(({ outcome }) => outcome),
    another: (changes: Partial<BffOptions> = {}) =>
      anotherInstance(world, { ...given, ...changes }),
  })
}

function nextTwo(now: number): number {
  return (Math.floor((now - 7200) / daySeconds) + 1) * daySeconds + 7200
}

/** Signs somebody else in, in a browser of their own, and connects the grant for them. */
export async function anotherUser(world: JobWorld, sub: string): Promise<Browser> {
  const browser = world.browser.with(new Map())
  const before = world.provider.sub
  world.provider.sub = sub
  await browser.navigate('/auth/login')
  await browser.navigate(connectPath)
  world.provider.sub = before
  return browser
}
