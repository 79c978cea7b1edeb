import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { createKeyRing } from '../base/key-ring.ts'
import { sealerWith } from '../base/sealer.ts'
import type { Bff } from '../create-bff.ts'
import { guardedStore } from '../keyvalue/guarded-store.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'
import type { Event } from '../observability/events.ts'
import type { RevocationOutcome } from '../provider/provider.ts'
import type { AccessToken, RefreshToken } from '../provider/token-set.ts'
import { anotherInstance, issuer, signedInTestBff, type TestBff } from '../testing/test-bff.ts'
import { createRevocationOutbox, type NewRevocation } from './revocation-outbox.ts'
import { heard } from '../testing/heard.ts'

const daySeconds = 86_400

const down = () => new Response(null, { status: 503 })

test('revokes both tokens once each when the provider is back after a sign-out without it', async () => {
  const world = await signedInTestBff()
  const { bff, provider, clock, eventsNamed } = world
  world.internet.unplug(issuer)

  const receipt = await signOut(world)
  answerRevocations(world, null)
  clock.advance(5)
  const first = await bff.drainRevocations()
  clock.advance(3600)
  const second = await bff.drainRevocations()

  expect(receipt).toMatchObject({
    session: 'ended',
    refreshToken: 'queued',
    accessToken: 'queued',
    accessTokenExpiresAt: expect.any(Number) as number,
  })
  expect(first).toEqual({ revoked: 2, left: 0 })
  expect(second).toEqual({ revoked: 0, left: 0 })
  expect(kinds(provider.revocations)).toEqual(['refresh', 'access'])
  expect(eventsNamed('revocation-queued')).toMatchObject([
    { token: 'refresh' },
    { token: 'access' },
  ])
  expect(eventsNamed('revocation-done')).toMatchObject([
    { token: 'refresh', how: 'revoked', tries: 1 },
    { token: 'access', how: 'revoked', tries: 1 },
  ])
})

const passing: readonly [string, () => Response][] = [
  ['503', down],
  ['429', () => new Response(null, { status: 429 })],
  ['408', () => new Response(null, { status: 408 })],
  ['invalid_client', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
  ['a bare 401', () => new Response(null, { status: 401 })],
]

test.for(passing)('tries again what the provider answers with %s', async ([, answer]) => {
  const world = await signedInTestBff()
  answerRevocations(world, answer)

  const receipt = await signOut(world)
  answerRevocations(world, null)
  world.clock.advance(5)
  const drained = await world.bff.drainRevocations()

  expect(receipt).toMatchObject({ refreshToken: 'queued', accessToken: 'queued' })
  expect(drained).toEqual({ revoked: 2, left: 0 })
})

const final: readonly [string, string, () => Response][] = [
  ['unsupported', 'unsupported_token_type', () => oauthError('unsupported_token_type')],
  ['failed', 'invalid_request', () => oauthError('invalid_request')],
  ['failed', '403', () => new Response(null, { status: 403 })],
  ['revoked', '204', () => new Response(null, { status: 204 })],
]

test.for(final)('says %s and queues nothing when the answer is %s', async ([said, , answer]) => {
  const world = await signedInTestBff()
  answerRevocations(world, answer)

  const receipt = await signOut(world)
  world.clock.advance(5)

  expect(receipt).toMatchObject({ refreshToken: said, accessToken: said })
  expect(await world.bff.drainRevocations()).toEqual({ revoked: 0, left: 0 })
})

test('takes a 400 for the access token as done once the refresh token is revoked', async () => {
  const world = await signedInTestBff()
  answerRevocations(world, (kind) => (kind === 'access' ? oauthError('invalid_token') : null))

  const receipt = await signOut(world)

  expect(receipt).toMatchObject({ refreshToken: 'revoked', accessToken: 'revoked' })
})

test('takes a 400 for the access token as done in a later try, too', async () => {
  const world = await signedInTestBff()
  answerRevocations(world, down)
  await signOut(world)
  answerRevocations(world, (kind) => (kind === 'access' ? down() : null))
  world.clock.advance(5)
  const half = await world.bff.drainRevocations()
  answerRevocations(world, (kind) => (kind === 'access' ? oauthError('invalid_token') : null))
  world.clock.advance(10)

  const whole = await world.bff.drainRevocations()

  expect([half, whole]).toEqual([
    { revoked: 1, left: 1 },
    { revoked: 1, left: 0 },
  ])
})

test('waits longer after each try, up to a quarter of an hour', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 4 * 3600 })
  let tries = 0
  answerRevocations(world, () => {
    tries += 1
    return down()
  })
  await signOut(world)
  const started = world.clock.now()
  const triedAt: number[] = []

  for (let second = 1; second <= 3100; second += 1) {
    world.clock.advance(1)
    const before = tries
    await world.bff.drainRevocations()
    if (tries > before) triedAt.push(world.clock.now() - started)
  }

  const waits = triedAt.map((at, index) => at - (triedAt[index - 1] ?? 0))
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
})

test('waits as long as the provider asks, with the tokens of every session', async () => {
  const world = await signedInTestBff()
  const asked = () => new Response(null, { status: 503, headers: { 'Retry-After': '120' } })
  answerRevocations(world, down)
  await signOut(world)
  await world.browser.navigate('/auth/login')
  await signOut(world)
  answerRevocations(world, asked)
  world.clock.advance(5)
  await world.bff.drainRevocations()
  answerRevocations(world, null)

  world.clock.advance(119)
  const early = await world.bff.drainRevocations()
  world.clock.advance(1)
  const inTime = await world.bff.drainRevocations()

  expect([early.revoked, inTime.revoked]).toEqual([0, 4])
})

test('waits as long as the provider asked at the sign-out itself', async () => {
  const world = await signedInTestBff()
  answerRevocations(
    world,
    () => new Response(null, { status: 429, headers: { 'Retry-After': '60' } }),
  )
  await signOut(world)
  answerRevocations(world, null)

  world.clock.advance(59)
  const early = await world.bff.drainRevocations()
  world.clock.advance(1)
  const inTime = await world.bff.drainRevocations()

  expect([early.revoked, inTime.revoked]).toEqual([0, 2])
})

test('drops an access token that has expired meanwhile', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  answerRevocations(world, down)
  await signOut(world)
  answerRevocations(world, null)
  world.clock.advance(61)

  const drained = await world.bff.drainRevocations()

  expect(drained).toEqual({ revoked: 1, left: 0 })
  expect(kinds(world.provider.revocations)).toEqual(['refresh'])
  expect(world.eventsNamed('revocation-done')).toMatchObject([
    { token: 'refresh', how: 'revoked' },
    { token: 'access', how: 'expired' },
  ])
})

test('gives up after a day, and says so once', async () => {
  const world = await signedInTestBff()
  answerRevocations(world, down)
  await signOut(world)
  world.clock.advance(daySeconds - 1)
  const lastTry = await world.bff.drainRevocations()
  world.clock.advance(900)

  const drained = await world.bff.drainRevocations()
  await world.bff.drainRevocations()

  expect(lastTry).toEqual({ revoked: 0, left: 2 })
  expect(drained).toEqual({ revoked: 0, left: 0 })
  expect(world.eventsNamed('revocation-given-up')).toMatchObject([
    { token: 'refresh', reason: 'too-late', tries: 1 },
  ])
})

test('does not let a provider that asks for a week use up the day', async () => {
  const world = await signedInTestBff()
  answerRevocations(
    world,
    () => new Response(null, { status: 503, headers: { 'Retry-After': '604800' } }),
  )
  await signOut(world)
  answerRevocations(world, null)
  world.clock.advance(3600)

  const drained = await world.bff.drainRevocations()

  expect(drained.left).toBe(0)
  expect(kinds(world.provider.revocations)).toEqual(['refresh'])
})

test('gives up what is refused for good in a later try', async () => {
  const world = await signedInTestBff()
  answerRevocations(world, down)
  await signOut(world)
  answerRevocations(world, () => oauthError('invalid_request'))
  world.clock.advance(5)

  const drained = await world.bff.drainRevocations()

  expect(drained).toEqual({ revoked: 0, left: 0 })
  expect(world.eventsNamed('revocation-given-up')).toMatchObject([
    { token: 'refresh', reason: 'refused' },
    { token: 'access', reason: 'refused' },
  ])
})

test('asks a provider that is down once a round, however many tokens wait', async () => {
  const world = await signedInTestBff()
  let asked = 0
  answerRevocations(world, () => {
    asked += 1
    return down()
  })
  for (const _ of [1, 2, 3, 4]) {
    await signOut(world)
    await world.browser.navigate('/auth/login')
  }
  asked = 0
  world.clock.advance(5)

  const drained = await world.bff.drainRevocations()

  expect(asked).toBe(1)
  expect(drained).toEqual({ revoked: 0, left: 8 })
})

test('queues what a refresh brings after the sign-out', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 60 })
  const { browser, provider, clock, bff } = world
  const gate = Promise.withResolvers<void>()
  clock.advance(61)
  provider.tokenAnswer = async () => {
    await gate.promise
    return Response.json({
      access_token: 'access-late',
      refresh_token: 'refresh-late',
      token_type: 'Bearer',
      expires_in: 60,
    })
  }
  const underWay = browser.fetch('/api/notes')
  await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)
  await signOut(world)
  provider.revocations.length = 0
  answerRevocations(world, down)
  gate.resolve()
  await underWay
  answerRevocations(world, null)
  clock.advance(5)

  await bff.drainRevocations()

  expect(provider.revocations).toEqual(['refresh-late', 'access-late'])
})

test('survives a restart', async () => {
  const store = sqliteFile()
  const world = await signedInTestBff({ store: store.url })
  answerRevocations(world, down)
  await signOut(world)
  await world.bff.close()
  answerRevocations(world, null)
  world.clock.advance(5)

  const restarted = anotherBff(world, store.url)
  const drained = await restarted.drainRevocations()

  expect(drained).toEqual({ revoked: 2, left: 0 })
  expect(kinds(world.provider.revocations)).toEqual(['refresh', 'access'])
})

test('is done once by two instances on one store', async () => {
  const store = sqliteFile()
  const world = await signedInTestBff({ store: store.url })
  onTestFinished(() => world.bff.close())
  const other = anotherBff(world, store.url)
  answerRevocations(world, down)
  await signOut(world)
  answerRevocations(world, null)
  world.clock.advance(5)

  const drained = await Promise.all([world.bff.drainRevocations(), other.drainRevocations()])
  const later = await Promise.all([world.bff.drainRevocations(), other.drainRevocations()])

  expect(drained[0].revoked + drained[1].revoked).toBe(2)
  expect(later).toEqual([
    { revoked: 0, left: 0 },
    { revoked: 0, left: 0 },
  ])
  expect(kinds(world.provider.revocations)).toEqual(['refresh', 'access'])
  expect(world.eventsNamed('revocation-done')).toHaveLength(2)
})

test('goes on at another instance when the one that is at it dies', async () => {
  const store = sqliteFile()
  const world = await signedInTestBff({ store: store.url })
  onTestFinished(() => world.bff.close())
  const other = anotherBff(world, store.url)
  answerRevocations(world, down)
  await signOut(world)
  world.clock.advance(5)
  const gate = Promise.withResolvers<Response>()
  onTestFinished(() => gate.resolve(down()))
  const reached = Promise.withResolvers<void>()
  answerRevocations(world, () => {
    reached.resolve()
    return gate.promise
  })
  const dying = world.bff.drainRevocations()
  await reached.promise
  answerRevocations(world, null)

  const meanwhile = await other.drainRevocations()
  // The lease of one that is dead runs out.
  world.clock.advance(10)
  const afterwards = await other.drainRevocations()

  expect(meanwhile.revoked).toBe(0)
  expect(afterwards).toEqual({ revoked: 2, left: 0 })
  gate.resolve(down())
  await dying
})

test('leaves nothing readable in the store, and no token in the log', async () => {
  const store = sqliteFile()
  const world = await signedInTestBff({ store: store.url })
  onTestFinished(() => world.bff.close())
  answerRevocations(world, down)
  await signOut(world)
  world.clock.advance(5)
  await world.bff.drainRevocations()

  const kept = store.dump()
  const log = JSON.stringify(world.events)

  expect(kept.keys.filter((key) => key.startsWith('revocation/'))).toHaveLength(1)
  expect(world.provider.issued.length).toBeGreaterThan(2)
  expect(world.provider.issued.filter((secret) => kept.everything.includes(secret))).toEqual([])
  expect(world.provider.issued.filter((secret) => log.includes(secret))).toEqual([])
})

test('takes no more than so many, and says that it is full', async () => {
  const { outbox, events } = bareOutbox({ mostSessions: 2 })

  const kept = [
    await outbox.add(tokensOf('one'), 0),
    await outbox.add(tokensOf('two'), 0),
    await outbox.add(tokensOf('three'), 0),
  ]

  expect(kept).toEqual([true, true, false])
  expect(events).toContainEqual({ name: 'revocations-overflow', waiting: 2 })
})

test('says that nothing was queued when the store can’t be reached', async () => {
  const { outbox, clock, store } = bareOutbox({})
  store.keyValue.set = () => Promise.reject(new Error('no store'))

  const kept = await outbox.add(tokensOf('one'), 0)
  clock.advance(5)

  expect(kept).toBe(false)
  expect(await outbox.drain()).toEqual({ revoked: 0, left: 0 })
})

test('puts back what a store has lost', async () => {
  const world = bareOutbox({})
  await world.outbox.add(tokensOf('one'), 0)
  await world.outbox.drain()
  world.loseEverything()
  world.clock.advance(5)

  expect(await world.outbox.drain()).toEqual({ revoked: 1, left: 0 })
  expect(world.revoked).toEqual(['refresh-one'])
})

test('tries nothing more once it is closed', async () => {
  const { outbox, revoked, clock } = bareOutbox({})
  await outbox.add(tokensOf('one'), 0)
  clock.advance(5)

  await outbox.close()
  await outbox.drain()

  expect(revoked).toEqual([])
})

/** Answers at the revocation endpoint in place of the provider; null lets the provider answer. */
function answerRevocations(
  { internet, provider }: TestBff,
  answer: ((kind: string) => Response | Promise<Response> | null) | null,
): void {
  internet.host(issuer, async (request) => {
    if (new URL(request.url).pathname !== '/revoke') return provider.app.fetch(request)
    const body = new URLSearchParams(await request.clone().text())
    const given = answer?.(body.get('token_type_hint')?.split('_')[0] ?? '')
    return given ?? provider.app.fetch(request)
  })
}

function oauthError(error: string): Response {
  return Response.json({ error }, { status: 400 })
}

async function signOut({ browser }: TestBff): Promise<unknown> {
  const answer = await browser.fetch('/auth/logout', { method: 'POST' })
  const { receipt } = (await answer.json()) as { readonly receipt: unknown }
  return receipt
}

function kinds(tokens: readonly string[]): (string | undefined)[] {
  return tokens.map((token) => token.split('-')[0])
}

/** A second instance on the same store, the same clock and the same net. */
function anotherBff(world: TestBff, store: string): Bff {
  const { bff } = anotherInstance(world, {
    store,
    telemetry: heard({ record: (event) => world.events.push(event) }),
  })
  onTestFinished(() => bff.close())
  return bff
}

function sqliteFile() {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'store.db')
  return {
    url: `sqlite:${file}`,
    /** The rows, and every byte of the file and what lies beside it. */
    dump() {
      const database = new DatabaseSync(file, { readOnly: true })
      const keys = database.prepare('SELECT key FROM entries').all()
      database.close()
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
      return { keys: keys.map((row) => String(row['key'])), everything: files.join('\n') }
    },
  }
}

/** An outbox alone, on a store whose faults can be arranged and a provider that revokes everything. */
function bareOutbox({ mostSessions }: { readonly mostSessions?: number }) {
  let now = 1_000_000
  const clock = {
    now: () => now,
    milliseconds: () => now * 1000,
    advance: (seconds: number) => void (now += seconds),
  }
  const events: Event[] = []
  const revoked: string[] = []
  const telemetry = heard({ record: (event: Event) => void events.push(event) })
  let memory = memoryStore(clock)
  let restarted = false
  const store: Store = {
    keyValue: {
      get: (key) => memory.keyValue.get(key),
      set: (key, value, ttlSeconds) => memory.keyValue.set(key, value, ttlSeconds),
      replace: (...change) => memory.keyValue.replace(...change),
      delete: (key) => memory.keyValue.delete(key),
      ping: () => memory.keyValue.ping(),
    },
    journal: {
      append: (entry, ttlSeconds) => memory.journal.append(entry, ttlSeconds),
      async since(cursor) {
        const told = await memory.journal.since(restarted ? null : cursor)
        const answer = { ...told, restarted }
        restarted = false
        return answer
      },
    },
    close: () => memory.close(),
  }
  const outbox = createRevocationOutbox({
    provider: {
      revoke: (token): Promise<RevocationOutcome> => {
        revoked.push(token)
        return Promise.resolve('revoked')
      },
    },
    store: guardedStore(store, clock, telemetry),
    sealer: sealerWith(createKeyRing(['correct horse battery staple and then some']).keys('store')),
    clock,
    telemetry,
    ...(mostSessions === undefined ? {} : { mostSessions }),
  })
  onTestFinished(() => outbox.close())
  return {
    outbox,
    clock,
    events,
    revoked,
    store: store as { keyValue: { set: Store['keyValue']['set'] } },
    loseEverything() {
      memory = memoryStore(clock)
      restarted = true
    },
  }
}

function tokensOf(name: string): NewRevocation {
  return {
    sid: name,
    tokens: [{ kind: 'refresh', token: `refresh-${name}` as RefreshToken & AccessToken }],
    refreshTokenRevoked: false,
  }
}
