import { freePort } from '../../servers/ports.ts'
import type { Contender } from '../contenders/contender.ts'
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
  /** Of the calls, how many found their session not remembered. */
  readonly openedShare: number
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
        'while the sessions came, for each of them. Sessions that were opened are remembered while there is room: the share of ' +
        'calls that had to open theirs again tells whether there was.',
      head: [
        'live sessions',
        'CPU µs a call',
        '÷ that of one',
        'opened again',
        'kB of memory for each',
      ],
      rows: results.map(({ bytesEach, cpuMicroseconds, openedShare, sessions }) => [
        sessions.toLocaleString('en-US'),
        figure(cpuMicroseconds),
        figure(cpuMicroseconds / alone),
        `${(openedShare * 100).toFixed(0)} %`,
        // Of a few, the noise of the heap is larger.
        sessions < 10_000 ? '–' : figure(bytesEach / 1000),
      ]),
      data: results,
    }
  },
}

async function crowd({ seconds, warmSeconds, world }: Bench, count: number): Promise<Crowd> {
  const place = await world.place()
  const opsPort = await freePort()
  const running = await world.start(withMetrics(opsPort))
  try {
    await runWrk({ ...running, seconds: warmSeconds })
    const before = memoryOf(running.pid).bytes
    const file = await manySessions(place, running.headers['Cookie'] ?? '', count)
    await visitAll(running, file, count)
    const bytesEach = (memoryOf(running.pid).bytes - before) / count
    const load = { ...running, seconds, sessions: { file, order: 'at-random' } } as const
    const openedBefore = await sessionsOpened(opsPort)
    const { calls, cpuMicroseconds } = await measureLoad(running.pid, load)
    const openedShare = ((await sessionsOpened(opsPort)) - openedBefore) / calls
    return { sessions: count, cpuMicroseconds, bytesEach, openedShare }
  } finally {
    await running.stop()
  }
}

function withMetrics(opsPort: number): Contender {
  const start: Contender['start'] = (place) => {
    const command = strongroom.start(place)
    return { ...command, env: { ...command.env, OPS_PORT: String(opsPort) } }
  }
  return { ...strongroom, start }
}

async function sessionsOpened(opsPort: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${opsPort}/metrics`)).text()
  const counts = metrics.matchAll(
    /^strongroom_seals_opened_total\{.*purpose="session".*\} (\d+)$/gm,
  )
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
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
