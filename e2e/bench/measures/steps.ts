import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Contender } from '../contenders/contender.ts'
import { strongroom } from '../contenders/node-contenders.ts'
import { measureLoad, runWrk } from '../load/wrk.ts'
import { sharesOf, type CpuProfile, type Share } from '../numbers/profile.ts'
import { median } from '../numbers/statistics.ts'
import { figure } from '../numbers/units.ts'
import type { Bench, Measure } from './measure.ts'

/** Where the time of a call goes. */
export const steps: Measure = {
  name: 'steps',
  about: 'Strongroom: what each step of a call costs, by V8’s profiler',
  async run(bench) {
    const cpu: number[] = []
    const profiles: (readonly Share[])[] = []
    for (let round = 0; round < bench.rounds; round += 1) {
      bench.say(`round ${round + 1} of ${bench.rounds}`)
      cpu.push(await underLoad(bench, strongroom))
      profiles.push(await profiled(bench))
    }
    const names = [...new Set(profiles.flatMap((shares) => shares.map(({ step }) => step)))]
    const shares = names
      .map((step) => ({ step, part: median(profiles.map((shares) => partOf(shares, step))) }))
      .toSorted((a, b) => b.part - a.part)
    return {
      title: 'Where the time of a call goes',
      method:
        `The same call. The profiler tells the shares, of functions themselves without those that they call; another ` +
        `process without it tells the time. Medians of ${bench.rounds} rounds of ${bench.seconds} s.`,
      head: ['step', 'CPU µs a call', 'share'],
      rows: shares.map(({ part, step }) => [
        step,
        figure(part * median(cpu)),
        `${(part * 100).toFixed(1)} %`,
      ]),
      data: { cpu, profiles },
    }
  },
}

function partOf(shares: readonly Share[], step: string): number {
  return shares.find((share) => share.step === step)?.part ?? 0
}

async function underLoad(bench: Bench, contender: Contender): Promise<number> {
  const { seconds, warmSeconds, world } = bench
  const running = await world.start(contender)
  try {
    await runWrk({ ...running, seconds: warmSeconds })
    const { cpuMicroseconds } = await measureLoad(running.pid, { ...running, seconds })
    return cpuMicroseconds
  } finally {
    await running.stop()
  }
}

let profilesTaken = 0

async function profiled(bench: Bench): Promise<readonly Share[]> {
  const folder = join(bench.world.folder, `profile-${(profilesTaken += 1)}`)
  mkdirSync(folder)
  await underLoad(bench, fromSource(folder))
  const [file = ''] = readdirSync(folder)
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
  // Some of them are left out at either end: they are not all of load.
  return sharesOf(profile, bench.seconds * 0.8)
}

/** From the sources, whose files a profile names. */
function fromSource(folder: string): Contender {
  const main = fileURLToPath(new URL('../../../bff/src/main.ts', import.meta.url))
  const profiling = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`]
  return {
    ...strongroom,
    start: (place) => ({ ...strongroom.start(place), args: [...profiling, main] }),
  }
}
