import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyValue, Store } from './store.ts'

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

    test('is reachable', async () => {
      await expect(keyValue.ping()).resolves.toBeUndefined()
    })
  })
}
