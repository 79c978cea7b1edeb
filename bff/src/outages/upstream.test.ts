import { expect, test } from 'vitest'
import { isSignedIn } from '../testing/is-signed-in.ts'
import type { Host } from '../testing/simulated-internet.ts'
import { apiUrl, signedInTestBff } from '../testing/test-bff.ts'

const silent: Host = (request) =>
  new Promise((_, reject) => {
    request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
  })

const troubles: readonly [string, Host, number, string][] = [
  ['refuses connections', () => Promise.reject(new TypeError('no')), 502, 'upstream_unreachable'],
  ['is silent', silent, 504, 'upstream_timeout'],
]

const shortOfPatience = [{ prefix: '/api', target: `${apiUrl}/v1`, timeoutSeconds: 0.05 }] as const

test.for(troubles)(
  'an API that %s costs neither session nor tokens, is asked once, and is found again',
  async ([, trouble, status, code]) => {
    const world = await signedInTestBff({ upstreams: shortOfPatience })
    const { browser, provider, apiCalls } = world
    const cookies = browser.cookies()
    world.api = trouble

    const read = await browser.fetch('/api/notes')
    const write = await browser.fetch('/api/notes', { method: 'POST', body: 'once' })
    const kept = browser.cookies()
    world.api = () => Response.json({ ok: true })
    const after = await browser.fetch('/api/notes')

    expect([read.status, write.status, after.status]).toEqual([status, status, 200])
    expect(await read.json()).toMatchObject({ code })
    expect(apiCalls).toHaveLength(3)
    expect(kept).toEqual(cookies)
    expect(await isSignedIn(browser)).toBe(true)
    expect(provider.tokenRequests('refresh_token')).toBe(0)
    expect(provider.revocations).toEqual([])
  },
)

test.for(troubles)(
  'what was renewed for a call reaches the browser though the API %s',
  async ([, trouble, status]) => {
    const world = await signedInTestBff({ upstreams: shortOfPatience, accessTokenSeconds: 60 })
    const { browser, clock, provider } = world
    const before = browser.cookies()
    world.api = trouble
    clock.advance(61)

    const answer = await browser.fetch('/api/notes')

    expect(answer.status).toBe(status)
    expect(provider.tokenRequests('refresh_token')).toBe(1)
    expect(browser.cookies()).not.toEqual(before)
    expect(await (await browser.fetch('/auth/session')).text()).toContain('"refreshCount":1')
  },
)

test.for([500, 503, 429])(
  'the API’s own %i passes untouched, with how long it asks to wait',
  async (status) => {
    const world = await signedInTestBff()
    world.api = () => new Response('busy', { status, headers: { 'Retry-After': '33' } })

    const answer = await world.browser.fetch('/api/notes')

    expect(answer.status).toBe(status)
    expect(answer.headers.get('Retry-After')).toBe('33')
    expect(await answer.text()).toBe('busy')
    expect(await isSignedIn(world.browser)).toBe(true)
  },
)

test('an API that refuses every token costs one renewal in five seconds, and no session', async () => {
  const world = await signedInTestBff()
  const { browser, clock, provider } = world
  world.api = () => new Response(null, { status: 401 })
  clock.advance(10)

  const answers = [await browser.fetch('/api/notes'), await browser.fetch('/api/notes')]
  world.api = () => Response.json({ ok: true })
  const after = await browser.fetch('/api/notes')

  expect(answers.map(({ status }) => status)).toEqual([401, 401])
  expect(after.status).toBe(200)
  expect(provider.tokenRequests('refresh_token')).toBe(1)
  expect(await isSignedIn(browser)).toBe(true)
})
