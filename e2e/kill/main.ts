import { parseArgs } from 'node:util'
import type { StoreKind } from '../race/race-store.ts'
import { killRunner } from './kill-runner.ts'

const usage = `npm run kill -- [--kills <number>] [--seed <number>] [--store <sqlite|redis>]

Kills a runner of jobs (SIGKILL) before, during and after refreshes and at any other moment, against an OpenID
provider that rotates refresh tokens and punishes reuse. Ends with 1 if a grant is lost or anything runs twice.

  --kills   how often, on each store   (default 100)
  --seed    of the moments             (default: from the clock; printed)
  --store   only this one
`

// What was started ends with this process, if it ends by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
process.exitCode = await main()

async function main(): Promise<number> {
  const read = readArguments()
  if (typeof read === 'string') {
    process.stdout.write(read)
    return read === usage ? 0 : 2
  }
  let missed = 0
  for (const store of read.stores) {
    process.stdout.write(`${store}, seed ${read.seed}\n`)
    const result = await killRunner({ ...read, store, onKill: progress(read.kills) })
    const { log, misses, ...figures } = result
    process.stdout.write(`${JSON.stringify(figures)}\n`)
    if (misses.length > 0) process.stdout.write(`${misses.join('\n')}\n${log}\n`)
    missed += misses.length
  }
  process.stdout.write(missed === 0 ? 'No grant lost, nothing run twice.\n' : 'It does not hold.\n')
  return missed === 0 ? 0 : 1
}

function progress(kills: number) {
  return (kill: number, where: string) => {
    const text = `${kill} of ${kills} killed (${where})`
    if (process.stdout.isTTY) process.stdout.write(`\r\u001B[2K${kill === kills ? '' : text}`)
    else if (kill % 10 === 0) process.stdout.write(`${text}\n`)
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      store: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return usage
  const [kills, seed] = [Number(values.kills), Number(values.seed)]
  const stores: readonly StoreKind[] = ['sqlite', 'redis']
  const chosen = stores.filter((store) => (values.store ?? store) === store)
  return Number.isInteger(kills) && Number.isInteger(seed) && kills > 0 && chosen.length > 0
    ? { kills, seed, stores: chosen }
    : `Wrong arguments.\n\n${usage}`
}
