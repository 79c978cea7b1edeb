import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memoryStore } from './memory-store.ts'
import { sqliteStore } from './sqlite-store.ts'
import { storeContract } from './store.contract.ts'

function handClock() {
  let now = 1_000_000
  return {
    now: () => now,
    milliseconds: () => now * 1000,
    advance: (seconds: number) => void (now += seconds),
  }
}

function temporaryFile(): { readonly file: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
  return {
    file: join(folder, 'deeper', 'store.db'),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

storeContract('memory:', () => {
  const clock = handClock()
  const store = memoryStore(clock)
  return { store, openAnother: () => store, advance: clock.advance, close: () => {} }
})

storeContract('sqlite:', () => {
  const clock = handClock()
  const { file, remove } = temporaryFile()
  const opened = [sqliteStore(file, clock)]
  return {
    store: opened[0] as (typeof opened)[0],
    openAnother: () => {
      const another = sqliteStore(file, clock)
      opened.push(another)
      return another
    },
    advance: clock.advance,
    close: async () => {
      for (const store of opened) await store.close()
      remove()
    },
  }
})

test('sqlite: survives a restart', async () => {
  const { file, remove } = temporaryFile()
  onTestFinished(remove)
  const clock = handClock()
  const before = sqliteStore(file, clock)
  await before.keyValue.set('a', 'one', 60)
  await before.journal.append('told', 60)
  const { cursor } = await before.journal.since(null)
  await before.close()

  const after = sqliteStore(file, clock)

  expect(await after.keyValue.get('a')).toBe('one')
  expect(await after.journal.since(cursor)).toMatchObject({ entries: [], restarted: false })
  await after.close()
})

test('sqlite: notices that the file is another one', async () => {
  const { file, remove } = temporaryFile()
  onTestFinished(remove)
  const clock = handClock()
  const before = sqliteStore(file, clock)
  await before.journal.append('told', 60)
  const { cursor } = await before.journal.since(null)
  await before.close()
  rmSync(file)

  const after = sqliteStore(file, clock)
  await after.journal.append('anew', 60)

  expect(await after.journal.since(cursor)).toMatchObject({ entries: ['anew'], restarted: true })
  await after.close()
})
