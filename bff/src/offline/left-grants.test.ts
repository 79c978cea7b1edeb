import { grantListSchema } from '@strongroom/client/schemas'
import { expect, test } from 'vitest'
import type { BffOptions } from '../options/options.ts'
import { anotherUser, jobWorld, type JobWorld } from '../testing/job-world.ts'
import { issuer } from '../testing/test-bff.ts'
import { digestOf, grantWorld, type GrantWorld } from '../testing/grant-world.ts'

const other = {
  other: { title: 'Weekly mail', sentence: 'Sends you a mail each week.', scopes: ['notes'] },
}

/** A world whose grant was left out of the configuration since; without any, or with another one. */
async function leftOut(grants: BffOptions['grants'] = {}): Promise<Left> {
  const world = await jobWorld({ run: () => {} })
  return { world, ...restarted(world, { grants, jobs: [] }) }
}

/** The same app and the same browser, after a change of the configuration. */
function restarted(world: JobWorld, options: Partial<BffOptions>) {
  const { bff, browser } = world.another(options)
  return { bff, browser: browser(world.browser.cookies()) }
}

interface Left extends ReturnType<typeof restarted> {
  readonly world: JobWorld
}

async function seenIn({ browser }: Pick<Left, 'browser'>) {
  const answer = await browser.fetch('/auth/grants')
  return grantListSchema.parse(await answer.json()).grants
}

function refreshTokenOf({ provider }: GrantWorld): string {
  return provider.issued.findLast((value) => value.startsWith('refresh-')) ?? ''
}

test.each([
  ['the only one', {}, []],
  ['one of several', other, ['other']],
])(
  'a grant that was left out of the configuration, %s, is listed as offered no more, in the words of then',
  async (_, grants, names) => {
    const left = await leftOut(grants)

    const seen = await seenIn(left)

    expect(seen.map(({ name }) => name)).toEqual([...names, 'digest'])
    expect(seen.at(-1)).toMatchObject({
      title: 'Nightly digest',
      sentence: 'Reads your notes each night and writes a digest of them.',
      scopes: expect.arrayContaining(['notes']),
      offered: false,
      state: 'connected',
      nextRunAt: null,
    })
    expect(seen.slice(0, -1).every(({ offered }) => offered)).toBe(true)
  },
)

test('what is offered no more is withdrawn as anything else, and then gone from the list', async () => {
  const left = await leftOut()
  const token = refreshTokenOf(left.world)

  const answer = await left.browser.fetch('/auth/grants/digest', { method: 'DELETE' })

  expect(await answer.json()).toEqual({ refreshToken: 'revoked' })
  expect(left.world.provider.isActive(token)).toBe(false)
  expect(await seenIn(left)).toEqual([])
  const again = await left.browser.fetch('/auth/grants/digest', { method: 'DELETE' })
  expect(again.status).toBe(404)
})

test('signing out everywhere with all that goes on withdraws also what is offered no more', async () => {
  const { browser, world } = await leftOut()
  const token = refreshTokenOf(world)

  await browser.fetch('/auth/sessions?grants=withdraw', { method: 'DELETE' })

  expect(world.provider.isActive(token)).toBe(false)
})

test('what is offered no more can’t be connected, nobody is asked to, and it is nobody else’s', async () => {
  const left = await leftOut()
  const { browser, world } = left
  const mallory = browser.with(new Map())
  world.provider.sub = 'mallory'
  await mallory.navigate('/auth/login')

  expect((await browser.navigate('/auth/grants/digest/connect')).response.status).toBe(404)
  expect(await (await browser.fetch('/auth/session')).json()).not.toHaveProperty('brokenGrants')
  expect(await (await mallory.fetch('/auth/grants')).json()).toEqual({ grants: [] })
  expect((await mallory.fetch('/auth/grants/digest', { method: 'DELETE' })).status).toBe(404)
  expect(await seenIn(left)).toHaveLength(1)
})

test('put back into the configuration it is what it was', async () => {
  const { world } = await leftOut()

  const back = restarted(world, {})

  expect(await seenIn(back)).toMatchObject([{ offered: true, state: 'connected' }])
})

test('an operator is told at the start of what users have connected and is not configured', async () => {
  const { bff, world } = await leftOut(other)
  await anotherUser(world, 'grace')

  expect(await bff.notices()).toEqual([
    expect.stringContaining('2 users have connected the grant "digest", which is not configured.'),
  ])
  expect(await world.bff.notices()).toEqual([])
})

test('a grant whose time is up is over at the provider, too, though no job uses it', async () => {
  const world = await grantWorld()
  await world.connect()
  const token = refreshTokenOf(world)
  world.clock.advance(90 * 86_400 - 1)
  await world.runner.endOverdue()
  const before = world.provider.isActive(token)

  world.clock.advance(1)
  await world.runner.endOverdue()

  expect([before, world.provider.isActive(token)]).toEqual([true, false])
  await world.browser.navigate('/auth/login')
  expect(await world.seen()).toMatchObject({ state: 'expired' })
})

test('a grant whose time is up is over at the provider, too, though it is configured no more', async () => {
  const world = await grantWorld()
  await world.connect()
  const token = refreshTokenOf(world)
  const runner = world.anotherRunner({ grants: {} })
  world.clock.advance(90 * 86_400)

  await runner.endOverdue()

  expect(world.provider.isActive(token)).toBe(false)
})

test('while the provider is down, the end of a grant waits for it', async () => {
  const world = await grantWorld()
  await world.connect()
  const token = refreshTokenOf(world)
  world.clock.advance(90 * 86_400)
  const { internet, provider } = world
  internet.host(issuer, async () => new Response(null, { status: 503 }))
  await world.runner.endOverdue()
  internet.host(issuer, (request) => provider.app.fetch(request))
  world.clock.advance(120)

  await world.runner.parts.outbox.drain()

  expect(provider.isActive(token)).toBe(false)
})

test('connected anew in time it goes on, and a grant that is told of no more leaves nothing behind', async () => {
  const world = await grantWorld()
  await world.connect()
  world.clock.advance(89 * 86_400)
  await world.browser.navigate('/auth/login')
  await world.connect()
  const token = refreshTokenOf(world)
  world.clock.advance(86_400)

  await world.runner.endOverdue()

  expect(world.provider.isActive(token)).toBe(true)
  world.clock.advance(89 * 86_400)
  await world.runner.endOverdue()
  expect(await world.runner.holders.count('digest')).toBe(1)
  world.clock.advance(32 * 86_400)
  await world.runner.endOverdue()
  expect(await world.runner.holders.count('digest')).toBe(0)
  expect(await world.runner.holders.grantsOf(digestOf.sub)).toEqual([])
})

test('what an instance with other secrets can’t open it leaves to one that can', async () => {
  const world = await grantWorld()
  await world.connect()
  const token = refreshTokenOf(world)
  const stray = world.anotherRunner({
    session: { secrets: ['quite another secret of a staging machine, long'] },
  })
  world.clock.advance(90 * 86_400)

  await stray.endOverdue()
  const after = await world.runner.holders.count('digest')
  world.clock.advance(3600)
  await world.runner.endOverdue()

  expect(after).toBe(1)
  expect(world.provider.isActive(token)).toBe(false)
})
