// `npm run fuzz`: throws what nobody thought of at the doors, other things each time, for half a minute a property.
// `npm run fuzz -- --seconds 600 return-url` does so for longer, at one target (a file of bff/src/fuzz). A failure
// says how to repeat it.

import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { child, killAll } from './test/child.mjs'

const targets = readdirSync(new URL('../bff/src/fuzz', import.meta.url))
  .filter((name) => name.endsWith('.fuzz.test.ts'))
  .map((name) => name.replace('.fuzz.test.ts', ''))

const text = /** @type {const} */ ({ type: 'string', default: '' })
const { seconds, seed, path, only, target } = wanted()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => void killAll().then(() => process.exit(130)))
}

console.log(`Seed ${seed}, ${seconds} s a property.`)
const { ok } = await child(
  'vitest',
  [
    'run',
    `bff/src/fuzz/${target}`,
    ...(only ? ['--testNamePattern', only.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')] : []),
    `--testTimeout=${(seconds + 60) * 1000}`,
  ],
  {
    stream: true,
    env: { FUZZ_SECONDS: String(seconds), FUZZ_SEED: String(seed), FUZZ_PATH: path },
  },
)
process.exitCode = ok ? 0 : 1

function wanted() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: text, seed: text, path: text, only: text },
  })
  const chosen = positionals[0] ?? ''
  const time = Number(values.seconds || 30)
  const start = Number(values.seed || Math.floor(Math.random() * 2 ** 31))
  if (
    positionals.length > 1 ||
    (chosen && !targets.includes(chosen)) ||
    !(time > 0 && start >= 0)
  ) {
    console.error(`Usage: npm run fuzz -- [--seconds <n>] [${targets.join('|')}]`)
    process.exit(2)
  }
  return {
    seconds: time,
    seed: start,
    path: values.path,
    only: values.only,
    target: chosen && `${chosen}.fuzz.test.ts`,
  }
}
