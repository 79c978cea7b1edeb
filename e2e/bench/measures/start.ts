import { setTimeout as pause } from 'node:timers/promises'
import type { Contender } from '../contenders/contender.ts'
import { launch, serverCore } from '../machine/launch.ts'
import { memoryOf } from '../machine/proc.ts'
import { median, spread } from '../numbers/statistics.ts'
import { figure, megabytes, range } from '../numbers/units.ts'
import { untilAnswers } from '../world/until-answers.ts'
import type { Bench, Measure } from './measure.ts'
import { column, inRounds } from './rounds.ts'

interface Start {
  readonly milliseconds: number
  readonly idleBytes: number
}

const settleMilliseconds = 1000

/** From nothing to the first answer. */
export const start: Measure = {
  name: 'start',
  about: 'from the start of the process to its first answer, and memory when idle',
  quick: true,
  async run(bench) {
    const results = await inRounds(bench, bench.contenders, (one) => startOnce(bench, one))
    const of = (name: string, pick: (start: Start) => number) => column(results, name, pick)
    return {
      title: 'Cold start and idle memory',
      method:
        `From the start of the process to the first 200 of \`/healthz\`, and resident memory ` +
        `${settleMilliseconds / 1000} s later; ${bench.rounds} rounds.`,
      head: ['contender', 'ms to the first answer', 'from–to', 'idle MB', 'from–to'],
      rows: bench.contenders.map(({ name }) => {
        const times = of(name, ({ milliseconds }) => milliseconds)
        const memory = spread(of(name, ({ idleBytes }) => idleBytes / 1_000_000))
        return [
          name,
          figure(median(times)),
          range(spread(times)),
          megabytes(memory.median * 1_000_000),
          range(memory),
        ]
      }),
      data: Object.fromEntries(results),
    }
  },
}

async function startOnce({ world }: Bench, contender: Contender): Promise<Start> {
  const place = await world.place()
  const server = launch({ ...contender.start(place), core: serverCore })
  try {
    const healthy = { port: place.port, path: '/healthz', status: 200 }
    const milliseconds = await untilAnswers(server, healthy)
    await pause(settleMilliseconds)
    return { milliseconds, idleBytes: memoryOf(server.pid).bytes }
  } finally {
    await server.stop()
  }
}
