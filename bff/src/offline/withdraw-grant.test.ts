import { expect, test } from 'vitest'
import { jobWorld, type JobWorld } from '../testing/job-world.ts'
import { meddledStore } from '../testing/meddled-store.ts'
import { issuer } from '../testing/test-bff.ts'

/** A store that does something of its own where a test says so. */
function meddlersStore() {
  const meddler: { meddle: ((name: string, key: string, ask: () => unknown) => unknown) | null } = {
    meddle: null,
  }
  const store = meddledStore((name, [key], ask) =>
    meddler.meddle ? meddler.meddle(name, String(key), ask) : ask(),
  )
  return Object.assign(meddler, { store })
}

function refreshTokenOf({ provider }: JobWorld): string {
  return provider.issued.findLast((value) => value.startsWith('refresh-')) ?? ''
}

const withdraw = ({ browser }: Pick<JobWorld, 'browser'>) =>
  browser.fetch('/auth/grants/digest', { method: 'DELETE' })

const job = { run: () => {} }

test('a withdrawal that loses the store behind its first write still ends the refresh token', async () => {
  const meddled = meddlersStore()
  const world = await jobWorld(job, { store: meddled.store })
  const token = refreshTokenOf(world)
  let down = false
  meddled.meddle = async (name, key, ask) => {
    if (down) throw new Error('down')
    const result = await ask()
    down = name === 'replace' && key.startsWith('grant/')
    return result
  }

  expect((await withdraw(world)).status).toBe(503)
  meddled.meddle = null
  world.clock.advance(60)
  await world.bff.drainRevocations()

  expect(world.provider.isActive(token)).toBe(false)
})

test('a withdrawal whose write came through without an answer ends the refresh token all the same', async () => {
  const meddled = meddlersStore()
  const world = await jobWorld(job, { store: meddled.store })
  const token = refreshTokenOf(world)
  meddled.meddle = async (name, key, ask) => {
    const result = await ask()
    if (name !== 'replace' || !key.startsWith('grant/')) return result
    throw new Error('no answer in time')
  }

  expect((await withdraw(world)).status).toBe(503)
  meddled.meddle = null
  world.clock.advance(60)
  expect(await (await withdraw(world)).json()).toEqual({ refreshToken: 'none' })
  await world.bff.drainRevocations()

  expect(world.provider.isActive(token)).toBe(false)
})

test('a withdrawal whose process dies while the provider lets it wait is carried on by another', async () => {
  const world = await jobWorld(job)
  const token = refreshTokenOf(world)
  const { app } = world.provider
  const reached = Promise.withResolvers<void>()
  let hangs = true
  world.internet.host(issuer, (request) => {
    if (!hangs || new URL(request.url).pathname !== '/revoke') return app.fetch(request)
    reached.resolve()
    return new Promise<Response>(() => {})
  })
  void withdraw(world).catch(() => {})
  await reached.promise
  hangs = false

  const other = world.another()
  world.clock.advance(60)
  await other.bff.drainRevocations()

  expect(world.provider.isActive(token)).toBe(false)
})

test('signing out everywhere ends the refresh tokens though the jobs can’t be told at the moment', async () => {
  const meddled = meddlersStore()
  const world = await jobWorld(job, { store: meddled.store })
  const token = refreshTokenOf(world)
  meddled.meddle = (name, _key, ask) => {
    if (name === 'remove') throw new Error('one hiccup')
    return ask()
  }

  await world.browser.fetch('/auth/sessions?grants=withdraw', { method: 'DELETE' })

  expect(world.provider.isActive(token)).toBe(false)
})

test('a withdrawal that the provider has heard of leaves nothing in the outbox', async () => {
  const world = await jobWorld(job)

  expect(await (await withdraw(world)).json()).toEqual({ refreshToken: 'revoked' })
  world.clock.advance(60)

  expect(await world.bff.drainRevocations()).toEqual({ revoked: 0, left: 0 })
})
