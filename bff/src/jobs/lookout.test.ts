import { expect, test } from 'vitest'
import { createLookout } from './lookout.ts'

test('says that somebody is there though the clock was set back', async () => {
  let now = Date.UTC(2025, 10, 20, 12) / 1000
  const said: number[] = []
  const replace = async () => Boolean(said.push(now))
  const keyValue = {
    get: async () => null,
    replace,
    set: async () => {},
    delete: async () => {},
    ping: async () => {},
  }
  const lookout = createLookout({ now: () => now, keyValue })

  await lookout.keep('digest')
  await lookout.keep('digest')
  now -= 3600
  await lookout.keep('digest')

  expect(said).toEqual([now + 3600, now])
})
