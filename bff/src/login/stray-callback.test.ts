import { expect, test } from 'vitest'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { publicUrl, testBff, type TestBff } from '../testing/test-bff.ts'

/** Signs in, and gives the address of the callback that did it. */
async function usedCallback({ browser }: TestBff): Promise<string> {
  const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
  await browser.navigate(url.href)
  return url.href
}

function paths(way: readonly string[]): string[] {
  return way.map((href) => new URL(href).pathname)
}

test('the address of a finished sign-in, opened again, leads into the app', async () => {
  const world = await testBff()
  const used = await usedCallback(world)
  const before = world.browser.cookies()

  const { way } = await world.browser.navigate(used)

  expect(way).toEqual([used, `${publicUrl}/`])
  expect(world.browser.cookies()).toEqual(before)
  expect(world.provider.tokenRequests('authorization_code')).toBe(1)
})

test('who comes back from the provider with a used answer ends in the app, by a page of ours', async () => {
  const world = await testBff()
  const used = await usedCallback(world)

  const { way } = await world.browser.navigate(used, { fromElsewhere: true })

  expect(way).toEqual([used, `${publicUrl}/auth/callback?answered=1`, `${publicUrl}/`])
})

test('without the page of ours, who comes from another site would seem to be signed out', async () => {
  const world = await testBff()
  const used = await usedCallback(world)

  const { response, way } = await world.browser.navigate(used, {
    fromElsewhere: true,
    // A browser that says nothing gets no such page.
    headers: { 'Sec-Fetch-Site': '' },
  })

  expect(response.status).toBe(400)
  expect(way).toEqual([used])
  expect(await (await world.browser.fetch('/auth/session')).json()).toMatchObject({
    authenticated: true,
  })
})

test('the page of ours repeats nothing of the request, and lets no script run', async () => {
  const { bff } = await testBff()

  const response = await bff.app.request(
    `${publicUrl}/auth/callback?code=the-code&state=the-state&error=%3Cscript%3Ealert(1)%3C/script%3E`,
    { headers: { 'Sec-Fetch-Site': 'cross-site' } },
  )
  const text = await response.text()

  expect(response.status).toBe(200)
  expect(text).toContain('<meta http-equiv="refresh" content="0; url=/auth/callback" />')
  expect(text).toContain('<a href="/auth/callback">Continue</a>')
  expect(text).not.toMatch(/the-code|the-state|alert|<script/)
  expect(response.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; style-src/)
  expect(response.headers.get('Referrer-Policy')).toBe('no-referrer')
  expect(response.headers.get('Cache-Control')).toBe('no-store')
})

test('who is signed out ends on a page that says so, after one such page', async () => {
  const { browser, eventsNamed } = await testBff()

  const { response, way } = await browser.navigate('/auth/callback?code=x&state=y', {
    fromElsewhere: true,
  })
  const text = await response.text()

  expect(response.status).toBe(400)
  expect(paths(way)).toEqual(['/auth/callback', '/auth/callback'])
  expect(text).toContain('This sign-in is no longer valid')
  expect(text).toContain('href="/auth/login?return_to=%2F"')
  expect(text).toContain(`Reference for support: ${eventsNamed('sign-in-failed')[0]?.requestId}`)
  expect(eventsNamed('sign-in-failed')).toHaveLength(1)
})

test('a browser that always claims to come from another site is not sent round', async () => {
  const { browser } = await testBff()

  const { response, way } = await browser.navigate('/auth/callback?code=x&state=y', {
    headers: { 'Sec-Fetch-Site': 'cross-site' },
  })

  expect(response.status).toBe(400)
  expect(way).toHaveLength(2)
})

const strays: readonly [string, string][] = [
  ['no query', ''],
  ['no state', '?code=x'],
  ['an unknown state', '?code=x&state=unknown'],
  ['an unknown state and an error', '?error=access_denied&state=unknown'],
  ['two unknown states', '?code=x&state=one&state=two'],
  ['an error without a state', '?error=server_error'],
]

test.for(strays)('an answer with %s begins and changes nothing', async ([, query]) => {
  const { browser, provider } = await testBff()

  const { response } = await browser.navigate(`/auth/callback${query}`)

  expect(response.status).toBe(400)
  expect(browser.setCookies).toEqual([])
  expect(provider.tokenRequests('authorization_code')).toBe(0)
})

test('tells a browser that sends no cookie at all what may be blocked', async () => {
  const world = await testBff()
  const { url } = await world.browser.navigate('/auth/login', { until: /\/callback/ })
  await world.browser.navigate('/auth/login')
  const cookies = world.browser.cookies()
  await world.browser.fetch('/auth/logout', { method: 'POST' })
  const signedOut = new Map([...cookies].filter(([name]) => !name.includes('-login-')))

  const without = await world.browser.with(new Map()).navigate(url.href)
  const withOld = await world.browser.with(signedOut).navigate(url.href)
  const [textWithout, textWithOld] = [await without.response.text(), await withOld.response.text()]

  expect(textWithout).toContain('cookies are blocked for this site')
  expect(textWithOld).toContain('It took more than ten minutes')
  expect(textWithOld).not.toContain('cookies')
})

test.for([true, false])(
  'who opens an answer again that was cancelled reads that it was answered, from elsewhere: %s',
  async (fromElsewhere) => {
    const world = await testBff()
    world.provider.authorizationAnswer = { error: 'access_denied' }
    const { url } = await world.browser.navigate('/auth/login')

    const { response, way } = await world.browser.navigate(url.href, { fromElsewhere })
    const text = await response.text()

    expect(response.status).toBe(400)
    expect(text).toContain('You have already answered this one')
    expect(text).not.toContain('cookies')
    expect(way.slice(1)).toEqual(fromElsewhere ? [`${publicUrl}/auth/callback?answered=1`] : [])
  },
)

test('without the store an answer that was given before is one that is not known', async () => {
  const store = cuttableStore()
  const world = await testBff({ store })
  world.provider.authorizationAnswer = { error: 'access_denied' }
  const { url } = await world.browser.navigate('/auth/login')
  store.cut = true

  const { response } = await world.browser.navigate(url.href)

  expect(response.status).toBe(400)
  expect(await response.text()).toContain('This sign-in is no longer valid')
})

test('an attempt is over after ten minutes, even if the browser still has its cookie', async () => {
  const { browser, clock, provider } = await testBff()
  const first = await browser.navigate('/auth/login?return_to=/notes', { until: /\/callback/ })
  const second = await browser.navigate('/auth/login?return_to=/notes', { until: /\/callback/ })
  const late = browser.with(browser.cookies())
  clock.advance(599)
  const before = await browser.navigate(first.url.href)
  clock.advance(1)

  const after = await late.navigate(second.url.href)

  expect(before.url.pathname).toBe('/notes')
  expect(after.response.status).toBe(400)
  expect(await after.response.text()).toContain('It took more than ten minutes')
  expect(provider.tokenRequests('authorization_code')).toBe(1)
})

test('a store that is down makes a page of it and not a fault, where sessions lie in the store', async () => {
  const store = cuttableStore()
  const world = await testBff({ store, session: { ...sessionOptions, mode: 'server' } })
  const used = await usedCallback(world)
  store.cut = true

  const { response, way } = await world.browser.navigate(used, { fromElsewhere: true })

  expect(paths(way)).toEqual(['/auth/callback', '/auth/callback'])
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('Signing in is not possible at the moment')
  expect(world.eventsNamed('unexpected-error')).toEqual([])
})

const sessionOptions = { secrets: ['correct horse battery staple and then some'] }

const navigationHeaders = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }

const notNavigations: readonly [string, RequestInit][] = [
  // A mail scanner sends none of these headers; the method alone must do.
  ['a HEAD request', { method: 'HEAD', headers: navigationHeaders }],
  ['an image', { headers: { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' } }],
  ['a frame', { headers: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' } }],
  ['a script', { headers: { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' } }],
  ['a prefetch', { headers: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Purpose': 'prefetch' } }],
]

test.for(notNavigations)('%s neither signs in nor spends the attempt', async ([, init]) => {
  const { browser, provider } = await testBff()
  const { url } = await browser.navigate('/auth/login?return_to=/notes', { until: /\/callback/ })
  const before = browser.cookies()

  const answer = await browser.fetch(url.href, init)
  const spent = provider.tokenRequests('authorization_code')
  const unspent = browser.cookies()
  const arrival = await browser.navigate(url.href)

  expect(answer.status).toBe(401)
  expect(spent).toBe(0)
  expect(unspent).toEqual(before)
  expect(arrival.url.pathname).toBe('/notes')
})
