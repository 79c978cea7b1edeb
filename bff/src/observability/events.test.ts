import { expect, expectTypeOf, test } from 'vitest'
import type { AccessToken, IdToken, RefreshToken } from '../provider/token-set.ts'
import { testBff } from '../testing/test-bff.ts'
import { eventFaults } from './event-faults.ts'
import { events, type Event, type EventKind } from './events.ts'

type Values<T> = T extends unknown
  ? Exclude<T[keyof T], T extends { name: infer N } ? N : never>
  : never

test('no token fits into any field of any event, by its type', () => {
  expectTypeOf<AccessToken>().not.toExtend<Values<Event>>()
  expectTypeOf<RefreshToken>().not.toExtend<Values<Event>>()
  expectTypeOf<IdToken>().not.toExtend<Values<Event>>()
  // A plain string does: else nothing above would say anything.
  expectTypeOf<string>().toExtend<Values<Event>>()
})

test('an event that is given a token does not compile', () => {
  const token = 'x' as AccessToken
  // @ts-expect-error a token is no text
  const event: Event = { name: 'notice', text: token }

  expect(event.name).toBe('notice')
})

test('no field is named for what no field may hold', () => {
  const kinds = Object.entries<EventKind>(events)
  const fields = kinds.flatMap(([event, kind]) =>
    Object.entries(kind.fields)
      // One of a few words, or a size.
      .filter(([, field]) => field.kind !== 'choice' && field.kind !== 'number')
      .map(([name]) => `${event}.${name}`),
  )

  const suspicious = /\.(.*(token|cookie|secret|password|verifier|url|query|headers?|body)|code)$/i
  expect(fields.filter((field) => suspicious.test(field))).toEqual(['listening.url'])
})

test.for([
  [{ name: 'nobody-knows-me' }, 'nobody-knows-me is not in the catalogue'],
  [{ name: 'store-reachable', more: 1 }, 'store-reachable has no more'],
  [{ name: 'notice', text: 1 }, 'notice: text is no text'],
  [{ name: 'notice', text: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIi' }, 'notice: text is no text'],
  [{ name: 'notice', text: 'Fe26.2*1*a*b' }, 'notice: text is no text'],
  [{ name: 'notice', text: `it said ${'Zm9v'.repeat(16)}` }, 'notice: text is no text'],
  [{ name: 'stopping', signal: 'two words' }, 'stopping: signal is no code'],
  [{ name: 'seal-expired', purpose: 'another' }, 'seal-expired: purpose is no choice'],
  [{ name: 'session-large', bytes: '1' }, 'session-large: bytes is no number'],
] as const)('%j is found to be wrong', ([event, fault]) => {
  expect(eventFaults(event)).toEqual([fault])
})

test('JWTs and cookies of a sign-in are found where they would stand in a text', async () => {
  const { browser, provider } = await testBff()
  await browser.navigate('/auth/login')
  const values = [...browser.cookies().values()].map(({ value }) => value)
  const jwts = provider.issued.filter((value) => value.startsWith('eyJ'))

  expect(jwts.length).toBeGreaterThan(0)
  for (const value of [...values, ...jwts])
    expect(eventFaults({ name: 'notice', text: `it was ${value}` } as Event)).toHaveLength(1)
})
