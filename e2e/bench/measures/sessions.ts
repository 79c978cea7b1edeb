import { strongroom } from '../contenders/node-contenders.ts'
import { measureLoad, runWrk } from '../load/wrk.ts'
import { memoryOf } from '../machine/proc.ts'
import { figure } from '../numbers/units.ts'
import { manySessions } from '../world/many-sessions.ts'
import type { Bench, Measure } from './measure.ts'

interface Crowd {
  readonly sessions: number
  readonly cpuMicroseconds: number
  readonly bytesEach: number
}

const crowds = [1, 100, 10_000, 100_000]
const quickCrowds = [1, 100, 1000]

/** What many live sessions cost, each call and each session. */
export const sessions: Measure = {
  name: 'sessions',
  about: 'Strongroom: from 1 to 100,000 live sessions: CPU a call, memory for each',
  async run(bench) {
    const results: Crowd[] = []
    for (const count of bench.quick ? quickCrowds : crowds) {
      bench.say(`sessions: ${count}`)
      results.push(await crowd(bench, count))
    }
    const alone = results[0]?.cpuMicroseconds ?? Number.NaN
    return {
      title: 'Many sessions',
      method:
        'Each session calls once, then calls come from all of them at random. Memory is what the process grew by ' +
        'while the sessions came, for each of them.',
      head: ['live sessions', 'CPU µs a call', '÷ that of one', 'kB of memory for each'],
      rows: results.map(({ bytesEach, cpuMicroseconds, sessions }) => [
        sessions.toLocaleString('en-US'),
        figure(cpuMicroseconds),
        figure(cpuMicroseconds / alone),
        // Of a few, the noise of the heap is larger.
        sessions < 10_000 ? '–' : figure(bytesEach / 1000),
      ]),
      data: results,
    }
  },
}

async function crowd({ seconds, warmSeconds, world }: Bench, count: number): Promise<Crowd> {
  const place = await world.place()
  const running = await world.start(strongroom)
  try {
    await runWrk({ ...running, seconds: warmSeconds })
    const before = memoryOf(running.pid).bytes
    const file = await manySessions(place, running.headers['Cookie'] ?? '', count)
    await visitAll(running, file, count)
    const bytesEach = (memoryOf(running.pid).bytes - before) / count
    const load = { ...running, seconds, sessions: { file, order: 'at-random' } } as const
    const { cpuMicroseconds } = await measureLoad(running.pid, load)
    return { sessions: count, cpuMicroseconds, bytesEach }
  } finally {
    await running.stop()
  }
}

/** wrk ends by time, not by count: it goes on from where it came to, until all were there. */
async function visitAll(
  running: { readonly port: number; readonly headers: Readonly<Record<string, string>> },
  file: string,
  count: number,
): Promise<void> {
  const seconds = Math.min(10, Math.ceil(count / 5000))
  for (let visited = 0; visited < count - 1;) {
    const sessions = { file, order: 'in-order', first: visited } as const
    const { calls } = await runWrk({ ...running, seconds, sessions })
    if (calls === 0) throw new Error('None of the sessions was answered.')
    visited += calls
  }
}
