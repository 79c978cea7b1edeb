import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Contender } from '../contenders/contender.ts'
import { eventStreams, type EventStreams } from '../load/event-streams.ts'
import { memoryOf } from '../machine/proc.ts'
import { median, quantile } from '../numbers/statistics.ts'
import { figure } from '../numbers/units.ts'
import type { RunningContender } from '../world/run-contender.ts'
import type { Bench, Measure } from './measure.ts'

interface Step {
  readonly streams: number
  readonly bytesEach: number
  readonly medianMilliseconds: number
  readonly p99Milliseconds: number
  /** Of an event that goes to all streams at once. */
  readonly burstMedianMilliseconds: number
}

interface Streamed {
  readonly steps: readonly Step[]
  /** How many were closed so many seconds after their session had ended; null where there is no session. */
  readonly endedWithin: { readonly all: number; readonly one: number; readonly five: number } | null
}

const counts = [1250, 2500, 5000]
const quickCounts = [250, 500, 1000]

/** Many browsers that wait for news. */
export const streams: Measure = {
  name: 'streams',
  about: '5,000 open event streams: memory for each, delay of an event, and their end',
  async run(bench) {
    const chosen = bench.contenders.filter(({ name }) =>
      ['node-limit', 'strongroom'].includes(name),
    )
    const results = new Map<string, Streamed>()
    for (const contender of chosen)
      results.set(contender.name, await streamThrough(bench, contender))
    return {
      title: 'Event streams',
      method:
        'Streams of server-sent events, each with an event a second at a moment of its own; then one event to all at ' +
        'once; then, at Strongroom, the user ends all sessions. The delay is from the API’s sending to the arrival.',
      head: [
        'contender',
        'streams',
        'kB each',
        'median delay ms',
        'p99 ms',
        'median to all at once ms',
      ],
      rows: [...results].flatMap(([name, { steps }]) => steps.map((step) => row(name, step))),
      notes: [...results].flatMap(([name, { endedWithin }]) =>
        endedWithin ? [endNote(name, endedWithin)] : [],
      ),
      data: Object.fromEntries(results),
    }
  },
}

async function streamThrough(
  { quick, say, seconds, world }: Bench,
  contender: Contender,
): Promise<Streamed> {
  const running = await world.start(contender, { upstreamUrl: world.streaming.url })
  const streams = eventStreams(running.port, { ...running.headers, Accept: 'text/event-stream' })
  try {
    await streams.open(1)
    const idle = memoryOf(running.pid).bytes
    const steps: Step[] = []
    for (const count of quick ? quickCounts : counts) {
      say(`streams: ${count} through ${contender.name}`)
      await streams.open(count - streams.size())
      await pause(1000)
      streams.takeDelays()
      await pause(seconds * 1000)
      const delays = streams.takeDelays()
      steps.push({
        streams: streams.size(),
        bytesEach: (memoryOf(running.pid).bytes - idle) / count,
        medianMilliseconds: median(delays),
        p99Milliseconds: quantile(delays, 0.99),
        burstMedianMilliseconds: await burst(world.streaming.url, streams),
      })
    }
    return { steps, endedWithin: contender.signsIn ? await endAll(running, streams) : null }
  } finally {
    streams.close()
    await running.stop()
  }
}

/** Among the few events that come by themselves meanwhile, those that went to all stand for the median. */
async function burst(url: string, streams: EventStreams): Promise<number> {
  streams.takeDelays()
  await fetch(`${url}/burst`, { method: 'POST' }).then((answer) => answer.text())
  await pause(500)
  return median(streams.takeDelays())
}

/** As the user does who signs out everywhere. */
async function endAll(
  running: RunningContender,
  streams: EventStreams,
): Promise<Streamed['endedWithin']> {
  const before = streams.size()
  await deleteSessions(running)
  await pause(1000)
  const one = before - streams.size()
  if (one < before) await pause(4000)
  return { all: before, one, five: before - streams.size() }
}

function deleteSessions({ headers, port }: RunningContender): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path: '/auth/sessions',
      method: 'DELETE',
      headers,
      agent: false,
    })
    sent.once('error', reject)
    sent.once('response', (response) => {
      response.resume()
      if (response.statusCode === 204) resolve()
      else reject(new Error(`The end of all sessions was answered ${response.statusCode}.`))
    })
    sent.end()
  })
}

function row(name: string, step: Step): readonly string[] {
  return [
    name,
    step.streams.toLocaleString('en-US'),
    figure(step.bytesEach / 1000),
    figure(step.medianMilliseconds),
    figure(step.p99Milliseconds),
    figure(step.burstMedianMilliseconds),
  ]
}

function endNote(name: string, { all, five, one }: NonNullable<Streamed['endedWithin']>): string {
  return `After the end of all sessions ${one} of ${all} streams through ${name} were closed within one second, ${five} within five.`
}
