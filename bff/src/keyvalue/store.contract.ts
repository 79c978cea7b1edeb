import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Agenda, AgendaPage, KeyValue, Store } from './store.ts'

export interface StoreWorld {
  readonly store: Store
  /** A second instance on the same data, or the same one where data can't be shared. */
  openAnother(): Promise<Store> | Store
  /** Lets so many seconds go by for the store. */
  advance(seconds: number): Promise<void> | void
  close(): Promise<void> | void
}

/** What every store must do. */
export function storeContract(name: string, open: () => Promise<StoreWorld> | StoreWorld): void {
  describe(`the store ${name}`, () => {
    let world: StoreWorld
    let keyValue: KeyValue
    beforeEach(async () => {
      world = await open()
      keyValue = world.store.keyValue
    })
    afterEach(() => world.close())

    test('gives back what was put in, and null for what was not', async () => {
      await keyValue.set('a', 'one', 60)

      expect(await keyValue.get('a')).toBe('one')
      expect(await keyValue.get('b')).toBeNull()
    })

    test('keeps the last value that was put in, and any character of it', async () => {
      await keyValue.set('a', 'one', 60)
      await keyValue.set('a', 'zwölf „12“ \u0000 \n 🗝', 60)

      expect(await keyValue.get('a')).toBe('zwölf „12“ \u0000 \n 🗝')
    })

    test('forgets a value when its time is over', async () => {
      await keyValue.set('a', 'one', 2)
      const before = await keyValue.get('a')
      await world.advance(2)

      expect(before).toBe('one')
      expect(await keyValue.get('a')).toBeNull()
    })

    test('puts a value in once, however many try at the same time', async () => {
      const another = await world.openAnother()
      const tries = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? another.keyValue : keyValue).replace('a', null, String(index), 60),
        ),
      )

      expect(tries.filter(Boolean)).toHaveLength(1)
      expect(await keyValue.get('a')).toBe(String(tries.indexOf(true)))
    })

    test('puts an absent value in again once its time is over', async () => {
      await keyValue.replace('a', null, 'one', 2)
      await world.advance(2)

      expect(await keyValue.replace('a', null, 'two', 60)).toBe(true)
      expect(await keyValue.get('a')).toBe('two')
    })

    test('changes a value only while it is the expected one', async () => {
      await keyValue.set('a', 'one', 60)

      expect(await keyValue.replace('a', 'other', 'two', 60)).toBe(false)
      expect(await keyValue.replace('a', 'one', 'two', 60)).toBe(true)
      expect(await keyValue.get('a')).toBe('two')
      expect(await keyValue.replace('b', 'one', 'two', 60)).toBe(false)
    })

    test('a value that was changed lives as long as the change says', async () => {
      await keyValue.set('a', 'one', 2)
      await keyValue.replace('a', 'one', 'one', 600)
      await world.advance(2)

      expect(await keyValue.get('a')).toBe('one')
    })

    test('takes a value away only while it is the expected one', async () => {
      await keyValue.set('a', 'one', 60)

      expect(await keyValue.replace('a', 'other', null, 0)).toBe(false)
      expect(await keyValue.get('a')).toBe('one')
      expect(await keyValue.replace('a', 'one', null, 0)).toBe(true)
      expect(await keyValue.get('a')).toBeNull()
    })

    test('deletes a value, and does not mind one that is not there', async () => {
      await keyValue.set('a', 'one', 60)
      await keyValue.delete('a')
      await keyValue.delete('b')

      expect(await keyValue.get('a')).toBeNull()
    })

    test('loses nothing that still lives when it sweeps out what does not', async () => {
      await keyValue.set('short', 'one', 2)
      await keyValue.set('long', 'two', 600)
      await world.advance(120)
      await keyValue.set('new', 'three', 60)

      expect(await keyValue.get('short')).toBeNull()
      expect(await keyValue.get('long')).toBe('two')
    })

    test('tells what was told, in order, once to each listener', async () => {
      const { journal } = world.store
      await journal.append('one', 60)
      await journal.append('two', 60)
      const first = await journal.since(null)
      await journal.append('three', 60)

      const second = await journal.since(first.cursor)
      const third = await journal.since(second.cursor)

      expect(first).toMatchObject({ entries: ['one', 'two'], restarted: false })
      expect(second).toMatchObject({ entries: ['three'], restarted: false })
      expect(third).toMatchObject({ entries: [], restarted: false, cursor: second.cursor })
    })

    test('tells other instances, and those that come later', async () => {
      await world.store.journal.append('one', 60)

      const another = await world.openAnother()
      const heard = await another.journal.since(null)
      await another.journal.append('two', 60)

      expect(heard.entries).toEqual(['one'])
      expect((await world.store.journal.since(heard.cursor)).entries).toEqual(['two'])
    })

    test('does not tell what is over', async () => {
      await world.store.journal.append('short', 2)
      await world.store.journal.append('long', 600)
      await world.advance(2)

      expect((await world.store.journal.since(null)).entries).toEqual(['long'])
    })

    test('finds by their time what is due, the earliest first, and no more than asked for', async () => {
      const agenda = agendaOf(world.store)
      await agenda.put('night', 'late', 300)
      await agenda.put('night', 'early', 100)
      await agenda.put('night', 'next', 200)
      await agenda.put('day', 'other', 50)

      expect(await agenda.due('night', 99, 10)).toEqual([])
      expect(await agenda.due('night', 200, 10)).toEqual(['early', 'next'])
      expect(await agenda.due('night', 999, 2)).toEqual(['early', 'next'])
      expect(await agenda.count('night', 200)).toBe(2)
    })

    test('a name that is put in again is moved, and one that is removed is due no more', async () => {
      const agenda = agendaOf(world.store)
      await agenda.put('night', 'a', 100)
      await agenda.put('night', 'b', 100)
      await agenda.put('night', 'a', 500)
      await agenda.remove('night', 'b')
      await agenda.remove('night', 'never there')

      expect(await agenda.due('night', 499, 10)).toEqual([])
      expect(await agenda.due('night', 500, 10)).toEqual(['a'])
    })

    test('gives every name of a long list, page by page, to another instance as well', async () => {
      const names = Array.from({ length: 1200 }, (_, index) => `name-${index}`)
      for (const name of names) await agendaOf(world.store).put('night', name, 100)

      const another = agendaOf(await world.openAnother())
      const found = new Set<string>()
      let cursor: string | null = null
      do {
        const page: AgendaPage = await another.page('night', cursor)
        for (const name of page.names) found.add(name)
        cursor = page.cursor
      } while (cursor !== null)

      expect([...found].toSorted()).toEqual(names.toSorted())
    })

    test('is reachable', async () => {
      await expect(keyValue.ping()).resolves.toBeUndefined()
    })
  })
}

function agendaOf({ agenda }: Store): Agenda {
  if (!agenda) throw new Error('the store has no agenda')
  return agenda
}
