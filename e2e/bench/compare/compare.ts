import type { Contender } from '../contenders/contender.ts'
import { strongroomOf } from '../contenders/node-contenders.ts'
import { checkCall } from '../load/check-call.ts'
import { measureLoad, runWrk } from '../load/wrk.ts'
import { repository } from '../machine/launch.ts'
import { judge, type Judgement } from '../numbers/verdict.ts'
import { figure } from '../numbers/units.ts'
import { startBenchWorld, type BenchWorld } from '../world/bench-world.ts'
import { freePort } from '../../servers/ports.ts'
import { checkOut } from './worktree.ts'

export interface CompareOptions {
  readonly rounds: number
  readonly seconds: number
  readonly warmSeconds: number
}

const fewestRounds = 5
const mostRounds = 20

/**
 * Whether this working tree is slower than another version: CPU for a call, the two taking turns within each round.
 * Goes on for more rounds while the noise leaves it open.
 *
 * @returns the exit code: 1 when it is slower
 */
export async function compareWith(ref: string, options: CompareOptions): Promise<number> {
  const other = checkOut(ref)
  const world = await startBenchWorld()
  const ours = strongroomOf('this working tree', repository)
  const theirs = strongroomOf(`${ref} (${other.commit})`, other.root)
  process.stdout.write(`CPU for an authenticated call: ${ours.name} beside ${theirs.name}\n`)

  const ratios: number[] = []
  let judgement: Judgement | undefined
  while (ratios.length < mostRounds) {
    const round = await compareOnce(world, ours, theirs, options)
    ratios.push(round.ours / round.theirs)
    process.stdout.write(
      `  round ${ratios.length}: ${figure(round.ours)} µs and ${figure(round.theirs)} µs, ratio ${(round.ours / round.theirs).toFixed(3)}\n`,
    )
    if (ratios.length < Math.max(fewestRounds, options.rounds)) continue
    judgement = judge(ratios)
    if (judgement.verdict !== 'unclear') break
  }
  await world.stop()
  process.stdout.write(`\n${judgement ? told(judgement, theirs.name) : ''}\n`)
  return judgement?.verdict === 'slower' ? 1 : 0
}

interface Round {
  readonly ours: number
  readonly theirs: number
}

/** Fresh processes, since two runs of one program differ by how its code happened to be compiled. */
async function compareOnce(
  world: BenchWorld,
  ours: Contender,
  theirs: Contender,
  { seconds, warmSeconds }: CompareOptions,
): Promise<Round> {
  const port = await freePort()
  const one = await world.start(ours)
  const two = await world.start(theirs, { port })
  try {
    for (const running of [one, two]) {
      await checkCall(running)
      await runWrk({ ...running, seconds: warmSeconds })
    }
    // There and back, so that a machine that slows down or speeds up meanwhile strikes both alike.
    const costs = { ours: Infinity, theirs: Infinity }
    for (let turn = 0; turn < seconds; turn += 1) {
      for (const whose of ['ours', 'theirs', 'theirs', 'ours'] as const) {
        const running = whose === 'ours' ? one : two
        const { cpuMicroseconds } = await measureLoad(running.pid, { ...running, seconds: 1 })
        // What disturbs a call only ever makes it dearer.
        costs[whose] = Math.min(costs[whose], cpuMicroseconds)
      }
    }
    return costs
  } finally {
    await Promise.all([one.stop(), two.stop()])
  }
}

function told({ center, high, low, verdict }: Judgement, name: string): string {
  const percent = (ratio: number) =>
    `${ratio >= 1 ? '+' : '−'}${Math.abs((ratio - 1) * 100).toFixed(1)} %`
  const measured = `CPU a call ${percent(center)} (95 %: ${percent(low)} to ${percent(high)})`
  switch (verdict) {
    case 'slower':
      return `SLOWER than ${name}: ${measured}, beyond the noise.`
    case 'faster':
      return `Faster than ${name}: ${measured}, beyond the noise.`
    case 'same':
      return `No slower than ${name} as far as can be measured: ${measured}.`
    case 'unclear':
      return `Can’t be told on this machine now: ${measured} after ${mostRounds} rounds. Let nothing else run beside it.`
  }
}
