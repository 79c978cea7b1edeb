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
  import { once } from 'node:events'
  import { systemClock } from './base/clock.ts'
  import { sqliteStore } from './keyvalue/sqlite-store.ts'
  process.stdout.write('ready')
  await once(process.stdin, 'data')
  const { keyValue, journal, close } = sqliteStore(process.argv[1], systemClock)
  for (let round = 0; round < ${rounds}; round += 1) {
    let count
    do count = await keyValue.get('count')
    while (!(await keyValue.replace('count', count, String(Number(count ?? 0) + 1), 60)))
    await journal.append('counted', 60)
  }
  await close()
  process.exit()
`

test(
  'processes that open a new file at once and write at once lose nothing, and none is turned away',
  { timeout: 40_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'store.db')
    const started = Array.from({ length: processes }, () => start(file))
    await Promise.all(started.map(({ ready }) => ready))

    const ends = await Promise.all(started.map(({ go }) => go()))

    const { keyValue, journal, close } = sqliteStore(file, systemClock)
    onTestFinished(close)
    expect(ends).toEqual(Array.from({ length: processes }, () => ({ code: 0, said: '' })))
    expect(await keyValue.get('count')).toBe(String(processes * rounds))
    expect((await journal.since(null)).entries).toHaveLength(processes * rounds)
  },
)

/** All wait for the word, so that they open the file at the same moment. */
function start(file: string) {
  const flags = ['--input-type=module', '--eval', counting, file]
  const cwd = new URL('..', import.meta.url)
  const child = spawn(process.execPath, flags, { cwd, stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = Promise.all([once(child, 'close'), text(child.stderr)])
  return {
    ready: once(child.stdout, 'data'),
    async go() {
      child.stdin.write('go')
      const [[code], said] = await ended
      return { code, said: said.replaceAll(/^.*ExperimentalWarning.*\n.*\n/gm, '') }
    },
  }
}
