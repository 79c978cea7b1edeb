import { expect, test } from 'vitest'
import { breakableStore, type StoreState } from '../testing/breakable-store.ts'
import { connectPath, digestOf, grantWorld } from '../testing/grant-world.ts'
import { issuer } from '../testing/test-bff.ts'

const troubles: readonly StoreState[] = ['down', 'silent', 'full']

test.each(troubles)(
  'connecting a grant while the store is %s ends on a page, and what the user allowed is revoked',
  async (trouble) => {
    const store = breakableStore()
    const { browser, provider } = await grantWorld({ store })
    const { url } = await browser.navigate(connectPath, { until: /\/callback/ })
    store.state = trouble

    const { response } = await browser.navigate(url.href, { fromElsewhere: true })

    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5'])
    expect(await response.text()).toContain('so nothing was connected')
    expect(provider.revocations.map((token) => token.split('-')[0])).toEqual(['refresh', 'access'])
  },
)

test.each(troubles)(
  'a grant can’t be withdrawn while the store is %s, and says so',
  async (trouble) => {
    const store = breakableStore()
    const world = await grantWorld({ store })
    await world.connect()
    store.state = trouble

    const answer = await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })

    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'store_unavailable' }])
    store.state = 'up'
    world.clock.advance(2)
    expect(await world.seen()).toMatchObject({ state: 'connected' })
    expect(world.provider.revocations).toEqual([])
  },
)

test('who is signed in is told though the grants can’t be asked for', async () => {
  const store = breakableStore()
  const { browser } = await grantWorld({ store })
  store.state = 'down'

  const session = await browser.fetch('/auth/session')
  const grants = await browser.fetch('/auth/grants')

  expect(await session.json()).toMatchObject({ authenticated: true })
  expect([grants.status, grants.headers.get('Retry-After')]).toEqual([503, '1'])
})

test('when the store goes just as a refresh has come, its answer is kept until the store is back', async () => {
  const store = breakableStore()
  const world = await grantWorld({ store })
  await world.connect()
  world.clock.advance(400)
  const { app } = world.provider
  world.internet.host(issuer, async (request) => {
    const response = await app.fetch(request)
    if (new URL(request.url).pathname === '/token') store.state = 'down'
    return response
  })

  await expect(world.runner.tokens.fresh(digestOf)).rejects.toThrow('store-unreachable')
  store.state = 'up'
  world.internet.host(issuer, (request) => app.fetch(request))
  world.clock.advance(2)

  await expect
    .poll(() => world.runner.tokens.fresh(digestOf), { timeout: 8000 })
    .toMatchObject({ ok: true })
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})
