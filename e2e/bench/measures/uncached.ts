import { strongroom } from '../contenders/node-contenders.ts'
import { measureLoad, runWrk } from '../load/wrk.ts'
import { median, spread } from '../numbers/statistics.ts'
import { figure, range } from '../numbers/units.ts'
import { manySessions } from '../world/many-sessions.ts'
import type { Bench, Measure } from './measure.ts'
import { column, inRounds } from './rounds.ts'

interface Costs {
  readonly known: number
  readonly unknown: number
}

/** So many are opened first, so that what is measured is not the compiler. */
const warmUps = 3000

/** What it costs to open a session that this process has not seen before. */
export const uncached: Measure = {
  name: 'uncached',
  about: 'Strongroom: a session that is opened for the first time',
  async run(bench) {
    const results = await inRounds(bench, [strongroom], () => openMany(bench))
    const costs = (pick: (costs: Costs) => number) => column(results, strongroom.name, pick)
    const row = (what: string, values: readonly number[]) => [
      what,
      figure(median(values)),
      range(spread(values)),
    ]
    return {
      title: 'A session that is not in the cache',
      method:
        `The same call, first with one session again and again, then each with another session that the process has ` +
        `never seen; ${bench.rounds} rounds.`,
      head: ['call', 'CPU µs', 'from–to'],
      rows: [
        row(
          'of a session that was opened before',
          costs(({ known }) => known),
        ),
        row(
          'of a session that was not',
          costs(({ unknown }) => unknown),
        ),
        row(
          '**more for opening it**',
          costs(({ known, unknown }) => unknown - known),
        ),
      ],
      data: Object.fromEntries(results),
    }
  },
}

async function openMany({ seconds, warmSeconds, world }: Bench): Promise<Costs> {
  const place = await world.place()
  const running = await world.start(strongroom)
  const cookie = running.headers['Cookie'] ?? ''
  try {
    const one = { file: await manySessions(place, cookie, 1), order: 'at-random' } as const
    await runWrk({ ...running, seconds: warmSeconds, sessions: one })
    const known = await measureLoad(running.pid, { ...running, seconds, sessions: one })

    const first = await manySessions(place, cookie, warmUps)
    await runWrk({ ...running, seconds: 2, sessions: { file: first, order: 'once' } })
    // As many as could be used up: the load ends before one of them would come twice.
    const many = await manySessions(place, cookie, Math.ceil(known.callsPerSecond * seconds))
    const sessions = { file: many, order: 'once' } as const
    const unknown = await measureLoad(running.pid, { ...running, seconds, sessions })
    return { known: known.cpuMicroseconds, unknown: unknown.cpuMicroseconds }
  } finally {
    await running.stop()
  }
}
