import type { Contender } from '../contenders/contender.ts'
import { cpuSeconds } from '../machine/proc.ts'
import { median, spread } from '../numbers/statistics.ts'
import { figure, range } from '../numbers/units.ts'
import { visitor } from '../world/visitor.ts'
import type { Bench, Measure } from './measure.ts'
import { column, inRounds } from './rounds.ts'

interface SignIns {
  readonly perSecond: number
  readonly cpuMilliseconds: number
}

const atATime = 8
/** As many as make a process that has run for a while: V8 still compiles during the first thousand. */
const warmUps = 1000

/** The whole code flow, with a provider that is real. */
export const signIns: Measure = {
  name: 'sign-ins',
  about: 'CPU for one sign-in',
  async run(bench) {
    const chosen = bench.contenders.filter(({ signsIn }) => signsIn)
    const results = await inRounds(bench, chosen, (one) => signInsAt(bench, one))
    return {
      title: 'A sign-in',
      method:
        `The whole code flow, ${atATime} people at a time, each once, for ${bench.seconds} s in ${bench.rounds} rounds, after ${warmUps} sign-ins that are not counted. Provider and ` +
        `browsers share the other core and are the bottleneck: compare the CPU, not the rate.`,
      head: ['contender', 'CPU ms a sign-in', 'from–to', 'sign-ins/s'],
      rows: chosen.map(({ name }) => {
        const cpu = column(results, name, ({ cpuMilliseconds }) => cpuMilliseconds)
        const rate = column(results, name, ({ perSecond }) => perSecond)
        return [name, figure(median(cpu)), range(spread(cpu)), figure(median(rate))]
      }),
      data: Object.fromEntries(results),
    }
  },
}

async function signInsAt({ seconds, world }: Bench, contender: Contender): Promise<SignIns> {
  const running = await world.start(contender)
  let people = 0
  // Another each time: one person with a hundred sessions is somebody that Strongroom keeps a long list for.
  const signInOnce = () => visitor(world.publicUrl, running.port).signIn(`user-${(people += 1)}`)
  try {
    let left = warmUps
    await atOnce(signInOnce, () => (left -= 1) >= 0)
    const [cpuBefore, startedAt] = [cpuSeconds(running.pid), performance.now()]
    let done = 0
    await atOnce(
      async () => {
        await signInOnce()
        done += 1
      },
      () => performance.now() - startedAt < seconds * 1000,
    )
    return {
      perSecond: (done * 1000) / (performance.now() - startedAt),
      cpuMilliseconds: ((cpuSeconds(running.pid) - cpuBefore) * 1000) / done,
    }
  } finally {
    await running.stop()
  }
}

/** Does the work again and again, several at a time, while there is more of it. */
async function atOnce(work: () => Promise<void>, hasMore: () => boolean): Promise<void> {
  const oneAfterAnother = async () => {
    while (hasMore()) await work()
  }
  await Promise.all(Array.from({ length: atATime }, oneAfterAnother))
}
