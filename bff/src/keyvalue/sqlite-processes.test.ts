import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { sqliteStore } from './sqlite-store.ts'

const processes = 4
const rounds = 250

/** Opens the file with the others, then counts with them, each word of which goes into the journal. */
const counting = `
  import { setTimeout as pause } from 'node:timers/promises'
  import { systemClock } from './base/clock.ts'
  import { sqliteStore } from './keyvalue/sqlite-store.ts'
  const [file, startAt] = process.argv.slice(1)
  await pause(Number(startAt) - Date.now())
  const { keyValue, journal, close } = sqliteStore(file, systemClock)
  for (let round = 0; round < ${rounds}; round += 1) {
    let count
    do count = await keyValue.get('count')
    while (!(await keyValue.replace('count', count, String(Number(count ?? 0) + 1), 60)))
    await journal.append('counted', 60)
  }
  await close()
`

test(
  'processes that open a new file at once and write at once lose nothing, and none is turned away',
  { timeout: 40_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'store.db')
    const startAt = String(Date.now() + 2500)

    const ends = await Promise.all(Array.from({ length: processes }, () => run(file, startAt)))

    const { keyValue, journal, close } = sqliteStore(file, systemClock)
    onTestFinished(close)
    expect(ends).toEqual(Array.from({ length: processes }, () => ({ code: 0, said: '' })))
    expect(await keyValue.get('count')).toBe(String(processes * rounds))
    expect((await journal.since(null)).entries).toHaveLength(processes * rounds)
  },
)

async function run(...args: string[]) {
  const flags = ['--input-type=module', '--eval', counting, ...args]
  const cwd = new URL('..', import.meta.url)
  const child = spawn(process.execPath, flags, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [[code], said] = await Promise.all([once(child, 'close'), text(child.stderr)])
  return { code, said: said.replaceAll(/^.*ExperimentalWarning.*\n.*\n/gm, '') }
}
