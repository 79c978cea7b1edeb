import { expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { createKeyRing } from '../base/key-ring.ts'
import { sealerFor, sealerWith } from '../base/sealer.ts'
import { anotherInstance, issuer, secret, signedInTestBff } from '../testing/test-bff.ts'
import { memoryStore } from './memory-store.ts'

/** What a sign-out leaves in the journal while the provider is in trouble: a mark, and a notice of what is still to be revoked. */
async function signedOut() {
  const store = memoryStore(systemClock)
  const world = await signedInTestBff({ store })
  world.internet.host(issuer, () => new Response(null, { status: 503 }))
  await world.browser.fetch('/auth/logout', { method: 'POST' })
  const { entries } = await store.journal.since(null)
  return { store, world, entries }
}

/** What is refused by an instance that hears the whole journal, both of its readers. */
async function refusals({ store, world }: Awaited<ReturnType<typeof signedOut>>) {
  const other = anotherInstance(world, { store })
  await other.bff.drainRevocations()
  await other.browser(world.browser.cookies()).fetch('/auth/session')
  await other.bff.close()
  return other.events.filter(({ name }) => name === 'seal-refused')
}

test('a sign-out whose revocation waits is refused by neither reader of the journal', async () => {
  const after = await signedOut()

  expect(after.entries).toHaveLength(2)
  expect(await refusals(after)).toEqual([])
})

const keyRing = createKeyRing([secret])

test.for([
  ['changed', (entry: string) => `${entry.slice(0, -2)}AA`],
  ['made up', (entry: string) => `${entry.split('.')[0]}.${'A'.repeat(80)}`],
  ['taken from another place', () => sealerFor(keyRing, 'store').seal({}, 'ended/ada')],
] as const)('an entry that was %s is refused', async ([, forge]) => {
  const after = await signedOut()
  await after.store.journal.append(forge(after.entries[0] ?? ''), 60)

  expect(await refusals(after)).toContainEqual({
    name: 'seal-refused',
    purpose: 'store',
    reason: 'tampered',
  })
})

test('entries are sealed as they were before, so that instances of an older version hear them', async () => {
  const { entries } = await signedOut()
  const sealer = sealerWith(keyRing.keys('store'))

  expect([
    sealer.open(entries[0] ?? '', 'journal'),
    sealer.open(entries[1] ?? '', 'revocations'),
  ]).toMatchObject([{ kind: 'session' }, { tokens: expect.any(Number) }])
})
