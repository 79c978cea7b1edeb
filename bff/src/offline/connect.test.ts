import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { cookieHeader, from } from '../guards-off/attackers-tools.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { KeyValue, Store } from '../keyvalue/store.ts'
import { connectPath, digest, freshStore, grantWorld } from '../testing/grant-world.ts'
import { issuer, testBff } from '../testing/test-bff.ts'
import { isSignedIn } from '../testing/is-signed-in.ts'

const connectCookie = '__Host-Http-strongroom-connect-'

test('asks the provider for a consent of its own, with a refresh token for later', async () => {
  const { browser } = await grantWorld()

  const { url } = await browser.navigate(connectPath, { until: /\/authorize/ })

  const asked = Object.fromEntries(url.searchParams)
  expect(asked).toMatchObject({
    scope: 'openid offline_access notes',
    prompt: 'consent',
    response_type: 'code',
    code_challenge_method: 'S256',
    redirect_uri: 'https://app.example.com/auth/callback',
    login_hint: 'ada@example.com',
  })
  expect(asked['nonce']).toMatch(/^[\w-]{43}$/)
  expect(asked['code_challenge']).toMatch(/^[\w-]{43}$/)
})

test('asks for the API and with the parameters that the grant names', async () => {
  const { browser } = await grantWorld({
    grants: {
      digest: {
        ...digest,
        resource: 'https://notes.example.org',
        authorizeParameters: { access_type: 'offline', prompt: 'login consent' },
      },
    },
  })

  const { url } = await browser.navigate(connectPath, { until: /\/authorize/ })

  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    resource: 'https://notes.example.org',
    access_type: 'offline',
    prompt: 'login consent',
  })
})

test('a provider that gives a refresh token for access_type is not asked for the scope it would refuse', async () => {
  const authorizeParameters = { access_type: 'offline' }
  const { browser } = await grantWorld({ grants: { digest: { ...digest, authorizeParameters } } })

  const { url } = await browser.navigate(connectPath, { until: /\/authorize/ })

  expect(url.searchParams.get('scope')).toBe('openid notes')
})

test('keeps the consent, leads back to the app, and leaves the session as it is', async () => {
  const world = await grantWorld()
  const before = await (await world.browser.fetch('/auth/session')).json()

  const { way } = await world.browser.navigate(connectPath)

  expect(way.at(-1)).toBe('https://app.example.com/account')
  expect(await (await world.browser.fetch('/auth/session')).json()).toEqual(before)
  expect(await world.seen()).toEqual({
    name: 'digest',
    ...digest,
    offered: true,
    state: 'connected',
    connectedAt: world.clock.now(),
    expiresAt: world.clock.now() + digest.longestSeconds,
    missingScopes: [],
    broken: null,
    running: false,
    lastUsedAt: null,
    lastOutcome: null,
    nextRunAt: null,
    jobs: [],
  })
  expect([...world.browser.cookies().keys()].some((name) => name.startsWith(connectCookie))).toBe(
    false,
  )
})

test('what was not connected yet is shown with what it would be for', async () => {
  const world = await grantWorld()

  expect(await world.seen()).toMatchObject({
    name: 'digest',
    ...digest,
    state: 'not-connected',
    connectedAt: null,
    expiresAt: null,
  })
})

test('what the user leaves out at the provider is not demanded, and shown as missing', async () => {
  const world = await grantWorld({ grants: { digest: { ...digest, scopes: ['notes', 'mail'] } } })
  const { app } = world.provider
  world.internet.host(issuer, async (request) => {
    const response = await app.fetch(request)
    if (new URL(request.url).pathname !== '/token') return response
    const tokens = (await response.json()) as object
    return Response.json({ ...tokens, scope: 'openid offline_access notes' })
  })

  await world.connect()

  expect(await world.seen()).toMatchObject({ state: 'connected', missingScopes: ['mail'] })
})

test('a provider that names its scopes in its own way is believed to have given what was asked for', async () => {
  const world = await grantWorld()
  const { app } = world.provider
  world.internet.host(issuer, async (request) => {
    const response = await app.fetch(request)
    if (new URL(request.url).pathname !== '/token') return response
    return Response.json({ ...((await response.json()) as object), scope: 'api://app/notes' })
  })

  await world.connect()

  expect(await world.seen()).toMatchObject({ state: 'connected', missingScopes: [] })
})

test('a network that goes to connect too often is refused', async () => {
  const { bff, browser } = await grantWorld({ rateLimitPerMinute: 3 })
  const headers = { Cookie: cookieHeader(browser) }
  const statuses: number[] = []

  for (const _ of [1, 2, 3, 4]) {
    const answer = await bff.app.request(connectPath, { headers }, from('203.0.113.7'))
    statuses.push(answer.status)
  }

  expect(statuses).toEqual([303, 303, 303, 429])
})

test('connecting again replaces the earlier consent and revokes it', async () => {
  const world = await grantWorld()
  await world.connect()
  const earlier = world.provider.issued.filter((secret) => secret.startsWith('refresh-')).at(-1)
  world.clock.advance(60)

  await world.connect()

  expect(world.provider.revocations[0]).toBe(earlier)
  expect(await world.seen()).toMatchObject({ connectedAt: world.clock.now() })
})

/** Writes a grant as ever, and once says so too late. */
function hesitantStore(): { readonly store: Store; hesitate(): void } {
  const inner = memoryStore({
    now: () => Math.floor(Date.now() / 1000),
    milliseconds: () => Date.now(),
  })
  let isDue = false
  async function replace(...asked: Parameters<KeyValue['replace']>): Promise<boolean> {
    const replaced = await inner.keyValue.replace(...asked)
    if (isDue && asked[0].startsWith('grant/')) {
      isDue = false
      await pause(400)
    }
    return replaced
  }
  return {
    store: { ...inner, keyValue: { ...inner.keyValue, replace } },
    hesitate: () => {
      isDue = true
    },
  }
}

test('when the store says too late that it has written, nothing is connected and nothing lives on', async () => {
  const { store, hesitate } = hesitantStore()
  const world = await grantWorld({ store })
  await world.connect()
  hesitate()

  const response = await world.connect()

  expect(await response.text()).toContain('nothing was connected')
  expect(await world.seen()).toMatchObject({ state: 'not-connected' })
  const consents = world.provider.issued.filter((value) => value.startsWith('refresh-')).slice(-2)
  expect(consents.map((token) => world.provider.isActive(token))).toEqual([false, false])
})

test('who is not signed in signs in first and comes back to where the link was', async () => {
  const { browser } = await testBff({ store: freshStore(), grants: { digest } })

  const { way } = await browser.navigate(connectPath)

  expect(way[1]).toBe('https://app.example.com/auth/login?return_to=%2Faccount')
  expect(way.at(-1)).toBe('https://app.example.com/account')
  expect(await isSignedIn(browser)).toBe(true)
})

test('the consent of another user is refused, and taken back at once', async () => {
  const world = await grantWorld()
  world.provider.sub = 'mallory'

  const response = await world.connect()

  expect(response.status).toBe(403)
  expect(await response.text()).toContain('another account than the one you are signed in with')
  expect(world.provider.revocations.map((token) => token.split('-')[0])).toEqual([
    'refresh',
    'access',
  ])
  expect(await world.seen()).toMatchObject({ state: 'not-connected' })
  expect(world.eventsNamed('grant-connect-failed')).toMatchObject([
    { kind: 'connect-another-user' },
  ])
})

test('a session that ended while the user was at the provider connects nothing', async () => {
  const world = await grantWorld()
  const { url } = await world.browser.navigate(connectPath, { until: /\/callback/ })
  await world.browser.fetch('/auth/logout', { method: 'POST' })
  world.provider.revocations.length = 0

  const { response } = await world.browser.navigate(url.href, { fromElsewhere: true })

  expect(response.status).toBe(403)
  expect(await response.text()).toContain('You were signed out meanwhile')
  expect(world.provider.revocations).toHaveLength(2)
})

test('a provider that gives no refresh token is told of, and what it gave is revoked with the session', async () => {
  const world = await grantWorld()
  world.provider.issuesRefreshTokens = false

  const response = await world.connect()

  expect(response.status).toBe(400)
  expect(await response.text()).toContain('did not allow this app to work while you are away')
  expect(world.provider.revocations).toEqual([])
  expect(await world.seen()).toMatchObject({ state: 'not-connected' })
  await world.browser.fetch('/auth/logout', { method: 'POST' })
  expect(world.provider.issued.filter((token) => world.provider.isActive(token))).toEqual([])
})

test('a user who says no is told that nothing was allowed, with ways back and on', async () => {
  const world = await grantWorld()
  world.provider.authorizationAnswer = { error: 'access_denied' }

  const response = await world.connect()
  const page = await response.text()

  expect(response.status).toBe(403)
  expect(page).toContain('Nightly digest: not connected')
  expect(page).toContain('href="/account"')
  expect(page).toContain('href="/auth/grants/digest/connect?return_to=%2Faccount"')
})

test('an answer counts once, however often it comes', async () => {
  const world = await grantWorld()
  const { url } = await world.browser.navigate(connectPath, { until: /\/callback/ })
  const copy = world.browser.with(world.browser.cookies())
  await world.browser.navigate(url.href, { fromElsewhere: true })

  const { response } = await copy.navigate(url.href, { fromElsewhere: true })

  expect(response.status).toBe(400)
  expect(world.provider.tokenRequests('authorization_code')).toBe(2)
  expect(await world.seen()).toMatchObject({ state: 'connected' })
})

test.each([
  ['/auth/login?return_to=/account', '-login-', '-connect-'],
  [connectPath, '-connect-', '-login-'],
])(
  'an answer to a consent signs nobody in, and one to a sign-in connects nothing',
  async (...[path, own, other]) => {
    const world = await grantWorld()
    const { url } = await world.browser.navigate(path, { until: /\/callback/ })
    await world.browser.fetch('/auth/logout', { method: 'POST' })
    const Cookie = cookieHeader(world.browser).replace(own, other)

    const answer = await world.bff.app.request(url, { headers: { Cookie } })

    expect(answer.status).toBe(400)
    expect(world.provider.tokenRequests('authorization_code')).toBe(1)
    expect(world.eventsNamed('seal-refused')).toMatchObject([{ reason: 'tampered' }])
    expect(world.eventsNamed('signed-in')).toHaveLength(1)
    expect(world.eventsNamed('grant-connected')).toEqual([])
  },
)

test('an attempt that took too long connects nothing', async () => {
  const world = await grantWorld()
  const { url } = await world.browser.navigate(connectPath, { until: /\/callback/ })
  world.clock.advance(600)

  const { response } = await world.browser.navigate(url.href, { fromElsewhere: true })

  expect(response.status).toBe(400)
  expect(world.provider.tokenRequests('authorization_code')).toBe(1)
})

test.each(['cross-site', 'same-site'])(
  'a link on a page that is %s leads nowhere',
  async (site) => {
    const world = await grantWorld()
    const cookies = world.browser.setCookies.length

    const { response, way } = await world.browser.navigate(connectPath, {
      headers: { 'Sec-Fetch-Site': site },
    })

    expect(response.status).toBe(403)
    expect(way).toHaveLength(1)
    expect(world.browser.setCookies).toHaveLength(cookies)
  },
)

test('script that fetches the link gets a problem and leaves no attempt', async () => {
  const { browser } = await grantWorld()

  const answer = await browser.fetch(connectPath)

  expect(answer.status).toBe(401)
  expect(answer.headers.getSetCookie()).toEqual([])
})

test('at most five attempts are under way at once', async () => {
  const { browser } = await grantWorld()

  for (let times = 0; times < 8; times += 1)
    await browser.navigate(connectPath, { until: /\/authorize/ })

  const attempts = [...browser.cookies().keys()].filter((name) => name.startsWith(connectCookie))
  expect(attempts).toHaveLength(5)
})

test('a grant that nobody configured is not to be found', async () => {
  const { browser } = await grantWorld()

  expect((await browser.navigate('/auth/grants/other/connect')).response.status).toBe(404)
  expect((await browser.fetch('/auth/grants/other', { method: 'DELETE' })).status).toBe(404)
})

test('without grants there is nothing at their addresses', async () => {
  const { browser } = await testBff()

  expect((await browser.fetch('/auth/grants')).status).toBe(404)
  expect((await browser.navigate(connectPath)).response.status).toBe(404)
})

test('a foreign page learns nothing of the grants and withdraws none', async () => {
  const world = await grantWorld()
  await world.connect()
  const foreign = { headers: { 'Sec-Fetch-Site': 'cross-site' } }

  expect((await world.browser.fetch('/auth/grants', foreign)).status).toBe(403)
  const withdrawn = await world.browser.fetch('/auth/grants/digest', {
    method: 'DELETE',
    ...foreign,
  })

  expect(withdrawn.status).toBe(403)
  expect(await world.seen()).toMatchObject({ state: 'connected' })
})

test('a provider that is down at the start is told of on a page', async () => {
  const world = await grantWorld()
  world.provider.tokenAnswer = () => new Response('no', { status: 503 })

  const response = await world.connect()

  expect(response.status).toBe(400)
  expect(await response.text()).toContain('The sign-in service can’t be reached')
})
