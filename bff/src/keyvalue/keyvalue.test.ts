import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keyValueContract } from './keyvalue.contract.ts'
import { memoryKeyValue } from './memory-keyvalue.ts'
import { sqliteKeyValue } from './sqlite-keyvalue.ts'

function handClock() {
  let now = 1_000_000
  return { now: () => now, advance: (seconds: number) => void (now += seconds) }
}

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'deeper', 'store.db')
}

keyValueContract('memory:', () => {
  const clock = handClock()
  return { keyValue: memoryKeyValue(clock), advance: clock.advance }
})

keyValueContract('sqlite:', () => {
  const clock = handClock()
  return { keyValue: sqliteKeyValue(temporaryFile(), clock), advance: clock.advance }
})

test('sqlite: survives a restart, and is shared by all who open the file', async () => {
  const file = temporaryFile()
  const clock = handClock()
  const first = sqliteKeyValue(file, clock)
  await first.set('a', 'one', 60)

  const second = sqliteKeyValue(file, clock)
  const seen = await second.get('a')
  await second.delete('a')

  expect(seen).toBe('one')
  expect(await first.get('a')).toBeNull()
})
