import { beforeEach, describe, expect, test } from 'vitest'
import type { KeyValue } from './keyvalue.ts'

export interface KeyValueWorld {
  readonly keyValue: KeyValue
  /** Lets so many seconds go by for the store. */
  advance(seconds: number): Promise<void> | void
}

/** What every store must do. */
export function keyValueContract(
  name: string,
  open: () => Promise<KeyValueWorld> | KeyValueWorld,
): void {
  describe(`the store ${name}`, () => {
    let world: KeyValueWorld
    beforeEach(async () => {
      world = await open()
    })

    test('gives back what was put in, and null for what was not', async () => {
      await world.keyValue.set('a', 'one', 60)

      expect(await world.keyValue.get('a')).toBe('one')
      expect(await world.keyValue.get('b')).toBeNull()
    })

    test('keeps the last value that was put in', async () => {
      await world.keyValue.set('a', 'one', 60)
      await world.keyValue.set('a', 'two', 60)

      expect(await world.keyValue.get('a')).toBe('two')
    })

    test('forgets a value when its time is over', async () => {
      await world.keyValue.set('a', 'one', 10)
      await world.advance(9)
      const before = await world.keyValue.get('a')
      await world.advance(1)

      expect(before).toBe('one')
      expect(await world.keyValue.get('a')).toBeNull()
    })

    test('sets a value once, however many try at the same time', async () => {
      const tries = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          world.keyValue.setIfAbsent('a', String(index), 60),
        ),
      )

      expect(tries.filter(Boolean)).toHaveLength(1)
      expect(await world.keyValue.get('a')).toBe(String(tries.indexOf(true)))
    })

    test('sets an absent value again once its time is over', async () => {
      await world.keyValue.setIfAbsent('a', 'one', 10)
      await world.advance(10)

      expect(await world.keyValue.setIfAbsent('a', 'two', 10)).toBe(true)
      expect(await world.keyValue.get('a')).toBe('two')
    })

    test('deletes a value, and does not mind one that is not there', async () => {
      await world.keyValue.set('a', 'one', 60)
      await world.keyValue.delete('a')
      await world.keyValue.delete('b')

      expect(await world.keyValue.get('a')).toBeNull()
    })

    test('sweeps out what has expired without losing what has not', async () => {
      await world.keyValue.set('short', 'one', 10)
      await world.keyValue.set('long', 'two', 600)
      await world.advance(120)
      await world.keyValue.set('new', 'three', 60)

      expect(await world.keyValue.get('short')).toBeNull()
      expect(await world.keyValue.get('long')).toBe('two')
    })

    test('is reachable', async () => {
      await expect(world.keyValue.ping()).resolves.toBeUndefined()
    })
  })
}
