import { setTimeout as pause } from 'node:timers/promises'
import type { Contender } from '../contenders/contender.ts'
import { download, upload } from '../load/transfer.ts'
import { memoryOf } from '../machine/proc.ts'
import { median, pairedRatios, spread } from '../numbers/statistics.ts'
import { figure, megabytes, range } from '../numbers/units.ts'
import type { Bench, Finding, Measure } from './measure.ts'
import { column, inRounds, type Rounds } from './rounds.ts'

const directions = { down: download, up: upload }

type Direction = keyof typeof directions

interface Passage {
  readonly megabytesPerSecond: number
  readonly peakOverIdleBytes: number
}

type Passages = Readonly<Record<Direction, Passage>>

const settleMilliseconds = 500

/** A body that is larger than any memory it may take. */
export const bodies: Measure = {
  name: 'bodies',
  about: 'a body of 1 GiB, down and up: rate, and the most memory that it took',
  async run(bench) {
    const few = { ...bench, rounds: Math.min(3, bench.rounds) }
    const chosen = bench.contenders.filter(({ name }) =>
      ['node-limit', 'strongroom'].includes(name),
    )
    const results = await inRounds(few, chosen, async (contender) => ({
      down: await pass(bench, contender, 'down'),
      up: await pass(bench, contender, 'up'),
    }))
    return report(few, chosen, results)
  },
}

/** In a fresh process, as the peak of one that has worked before says nothing. */
async function pass(bench: Bench, contender: Contender, direction: Direction): Promise<Passage> {
  const { gibibytes, world } = bench
  const running = await world.start(contender, { upstreamUrl: world.streaming.url })
  try {
    await pause(settleMilliseconds)
    const idle = memoryOf(running.pid).bytes
    const bytes = gibibytes * 1024 ** 3
    const seconds = await directions[direction]({ ...running, bytes })
    return {
      megabytesPerSecond: bytes / seconds / 1_000_000,
      peakOverIdleBytes: memoryOf(running.pid).peakBytes - idle,
    }
  } finally {
    await running.stop()
  }
}

function report(bench: Bench, chosen: readonly Contender[], results: Rounds<Passages>): Finding {
  const cells = (name: string, direction: Direction) => {
    const rates = column(results, name, (one) => one[direction].megabytesPerSecond)
    const limit = column(results, 'node-limit', (one) => one[direction].megabytesPerSecond)
    const peaks = column(results, name, (one) => one[direction].peakOverIdleBytes)
    return [
      figure(median(rates)),
      range(spread(rates)),
      figure(median(pairedRatios(rates, limit))),
      megabytes(Math.max(...peaks)),
    ]
  }
  const head = (direction: Direction) => [
    `${direction} MB/s`,
    'from–to',
    '÷ node-limit',
    'peak over idle, MB',
  ]
  return {
    title: `${bench.gibibytes} GiB through the proxy`,
    method:
      `One body of ${bench.gibibytes} GiB in each direction, a fresh process for each, ${bench.rounds} rounds. ` +
      `The peak is the largest resident memory ever (VmHWM) over that of the idle, signed-in process.`,
    head: ['contender', ...head('down'), ...head('up')],
    rows: chosen.map(({ name }) => [name, ...cells(name, 'down'), ...cells(name, 'up')]),
    data: Object.fromEntries(results),
  }
}
