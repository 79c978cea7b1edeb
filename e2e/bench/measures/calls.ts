import type { Contender } from '../contenders/contender.ts'
import { checkCall } from '../load/check-call.ts'
import { measureLoad, runWrk, type Figures } from '../load/wrk.ts'
import { median, pairedRatios, spread } from '../numbers/statistics.ts'
import { figure, range } from '../numbers/units.ts'
import type { Bench, Finding, Measure } from './measure.ts'
import { column, inRounds, type Rounds } from './rounds.ts'

/** What an authenticated call costs, whoever hands it on. */
export const calls: Measure = {
  name: 'calls',
  about: 'an authenticated GET of 1 kB: calls a second, CPU for each, latency',
  quick: true,
  async run(bench) {
    const headroom = await upstreamAlone(bench)
    const results = await inRounds(bench, bench.contenders, (one) => measureContender(bench, one))
    return report(bench, results, headroom)
  },
}

async function measureContender(bench: Bench, contender: Contender): Promise<Figures> {
  const { seconds, warmSeconds, world } = bench
  const running = await world.start(contender)
  try {
    await checkCall(running)
    await runWrk({ ...running, seconds: warmSeconds })
    const figures = await measureLoad(running.pid, { ...running, seconds })
    await checkCall(running)
    return figures
  } finally {
    await running.stop()
  }
}

/** The API without anybody before it, which must be far from its limit when it is measured through a contender. */
async function upstreamAlone({ seconds, world }: Bench): Promise<number> {
  const headers = { Authorization: `Bearer ${world.bearer}` }
  const port = Number(new URL(world.upstream.url).port)
  const { calls, seconds: took } = await runWrk({ port, headers, seconds })
  return calls / took
}

function report(bench: Bench, results: Rounds<Figures>, headroom: number): Finding {
  const of = (name: string, pick: (figures: Figures) => number) => column(results, name, pick)
  const cpu = ({ cpuMicroseconds }: Figures) => cpuMicroseconds
  const rate = ({ callsPerSecond }: Figures) => callsPerSecond
  const ratio = (name: string, to: string, pick: (figures: Figures) => number) =>
    figure(median(pairedRatios(of(name, pick), of(to, pick))))

  const rows = bench.contenders.map(({ about, name }) => [
    `**${name}**: ${about}`,
    figure(median(of(name, cpu))),
    range(spread(of(name, cpu))),
    ratio(name, 'node-limit', cpu),
    figure(median(of(name, rate))),
    range(spread(of(name, rate))),
    ratio(name, 'node-limit', rate),
    ratio('strongroom', name, rate),
    figure(median(of(name, ({ p50Milliseconds }) => p50Milliseconds))),
    figure(median(of(name, ({ p99Milliseconds }) => p99Milliseconds))),
    String(of(name, ({ bad }) => bad).reduce((sum, count) => sum + count, 0)),
  ])
  const fastest = Math.max(...bench.contenders.map(({ name }) => median(of(name, rate))))
  return {
    title: 'An authenticated call',
    method:
      `GET of 997 B of JSON, as a browser sends it, with the session cookie of a real sign-in; 32 connections, one core; ` +
      `${bench.rounds} rounds of ${bench.seconds} s, a fresh process for each. Ratios are taken inside each round.`,
    head: [
      'contender',
      'CPU µs a call',
      'from–to',
      '÷ node-limit',
      'calls/s',
      'from–to',
      '÷ node-limit',
      'strongroom ÷ it',
      'p50 ms',
      'p99 ms',
      'bad answers',
    ],
    rows,
    notes: [
      `The API alone (${bench.world.upstream.about}) answers ${figure(headroom)} calls a second, ` +
        `${figure(headroom / fastest)} times the fastest contender’s rate.`,
    ],
    bars: {
      title: 'CPU for one authenticated call, in microseconds',
      unit: 'µs',
      items: bench.contenders.map(({ name }) => ({ name, ...spread(of(name, cpu)) })),
    },
    data: { upstreamAlone: headroom, contenders: Object.fromEntries(results) },
  }
}
