import { createServer } from 'node:http'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { attemptsIn, cookieHeader, whoIs } from './attackers-tools.ts'
import { onBoth, type Attack, type World } from './without.ts'

/** A page of a sibling subdomain, whose requests carry the user's cookies, and the app's form or script imitated. */
async function asTheUser(
  { signedInTestBff, apiUrl }: World,
  path: string,
  init: { readonly method?: string; readonly headers?: Record<string, string> },
  simpleGet = false,
) {
  const world = await signedInTestBff({
    upstreams: [{ prefix: '/api', target: `${apiUrl}/v1`, simpleGet }],
  })
  const headers = { Cookie: cookieHeader(world.browser), ...init.headers }
  const { status } = await world.bff.app.request(path, { ...init, headers })
  return { status, calls: world.apiCalls.length, user: await whoIs(world.browser) }
}

const sibling = { Origin: 'https://evil.example.com', 'Sec-Fetch-Site': 'same-site' }
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const attacks: readonly Attack[] = [
  {
    guard: 'the header of our own, another page calls the API in the user’s name',
    cuts: [
      {
        file: 'edge/csrf-guard.ts',
        guard: 'return requestHeader(c, csrfName) === csrfHeader.value',
        instead: 'return true',
      },
    ],
    attack: (world) => asTheUser(world, '/api/notes', { method: 'POST' }),
    refused: { status: 403, calls: 0, user: 'ada' },
    gained: { status: 200, calls: 1, user: 'ada' },
  },
  {
    guard: 'the second opinion of the browser, a header that slips through is enough',
    cuts: [
      {
        file: 'edge/csrf-guard.ts',
        guard: 'if (isForeign(c, publicUrl)) return',
        instead: 'if (false) return',
      },
    ],
    attack: (world) =>
      asTheUser(world, '/api/notes', { method: 'POST', headers: { ...sibling, 'X-CSRF': '1' } }),
    refused: { status: 403, calls: 0, user: 'ada' },
    gained: { status: 200, calls: 1, user: 'ada' },
  },
  {
    guard: 'the look at who asks, an image of another page calls an API for simple GETs',
    cuts: [
      {
        file: 'edge/csrf-guard.ts',
        guard:
          "reads && requestHeader(c, 'sec-fetch-site') === 'same-origin' && !isForeign(c, publicUrl)",
        instead: 'reads',
      },
    ],
    attack: (world) => asTheUser(world, '/api/notes', { headers: sibling }, true),
    refused: { status: 403, calls: 0, user: 'ada' },
    gained: { status: 200, calls: 1, user: 'ada' },
  },
  {
    guard: 'the look at who listens, another page hears what becomes of the session',
    cuts: [
      {
        file: 'edge/csrf-guard.ts',
        guard:
          "reads && requestHeader(c, 'sec-fetch-site') === 'same-origin' && !isForeign(c, publicUrl)",
        instead: 'reads',
      },
    ],
    attack: (world) => asTheUser(world, '/auth/events', { headers: sibling }),
    refused: { status: 403, calls: 0, user: 'ada' },
    gained: { status: 200, calls: 0, user: 'ada' },
  },
  {
    guard: 'the look at who sends a form, another page signs the user out',
    cuts: [
      {
        file: 'edge/csrf-guard.ts',
        guard: '&& vouched && !isForeign(c, publicUrl)',
      },
    ],
    attack: (world) =>
      asTheUser(world, '/auth/logout', { method: 'POST', headers: { ...sibling, ...form } }),
    refused: { status: 403, calls: 0, user: 'ada' },
    gained: { status: 303, calls: 0, user: null },
  },
  {
    guard:
      'the browser’s word that a form is ours, a browser that says nothing lets any page sign the user out',
    cuts: [{ file: 'edge/csrf-guard.ts', guard: '&& vouched &&', instead: '&&' }],
    attack: (world) => asTheUser(world, '/auth/logout', { method: 'POST', headers: form }),
    refused: { status: 403, calls: 0, user: 'ada' },
    gained: { status: 303, calls: 0, user: null },
  },
  {
    guard: 'the Origin of a WebSocket, another page opens one in the user’s name',
    cuts: [
      {
        file: 'edge/csrf-guard.ts',
        guard: "return requestHeader(c, 'origin') === publicUrl.origin",
        instead: 'return true',
      },
    ],
    attack: async ({ servedBff }) => {
      const api = createServer()
      const sockets = new WebSocketServer({ server: api })
      onTestFinished(() => sockets.close())
      const { origin, headers } = await servedBff(api)
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/live`, {
        headers: { Cookie: headers.Cookie, ...sibling },
      })
      onTestFinished(() => socket.terminate())
      const [answer] = await Promise.race([
        once(socket, 'upgrade'),
        once(socket, 'unexpected-response').then(([, response]) => [response]),
      ])
      return answer.statusCode
    },
    refused: 403,
    gained: 101,
  },
  {
    guard: 'navigations only, any page’s script fills the browser with sign-ins',
    cuts: [
      {
        file: 'create-bff.ts',
        guard: 'routes.login, navigationsOnly(),',
        instead: 'routes.login,',
      },
    ],
    attack: async ({ testBff }) => {
      const { browser } = await testBff()
      for (const _ of Array(5)) await browser.fetch('/auth/login')
      return attemptsIn(browser)
    },
    refused: 0,
    gained: 5,
  },
  {
    guard: 'navigations only at the callback, what looks ahead of the user spends their sign-in',
    cuts: [
      {
        file: 'create-bff.ts',
        guard: 'routes.callback,\n    navigationsOnly(),',
        instead: 'routes.callback,',
      },
    ],
    attack: async ({ testBff }) => {
      const { browser, provider } = await testBff()
      const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
      await browser.fetch(url.pathname + url.search, { headers: { 'Sec-Purpose': 'prefetch' } })
      return provider.tokenRequests('authorization_code')
    },
    refused: 0,
    gained: 1,
  },
  {
    guard:
      'room for five sign-ins alone, links make the browser send more cookies than a server takes',
    cuts: [{ file: 'session/attempt-cookies.ts', guard: 'makeRoom(jar)' }],
    attack: async ({ testBff }) => {
      const { browser } = await testBff()
      for (const _ of Array(50)) await browser.navigate('/auth/login', { until: /\/authorize/ })
      return attemptsIn(browser)
    },
    refused: 5,
    gained: 50,
  },
  {
    guard: 'the register of provider sessions, each guessed sid costs the store a mark',
    cuts: [{ file: 'logout/frontchannel-logout.ts', guard: 'sub === null ? null :' }],
    attack: async ({ testBff, issuer }) => {
      const { bff, eventsNamed } = await testBff()
      for (const sid of ['a', 'b', 'c']) {
        const guess = new URLSearchParams({ iss: issuer, sid })
        await bff.app.request(`/auth/frontchannel-logout?${guess.toString()}`)
      }
      return eventsNamed('signed-out-at-provider').length
    },
    refused: 0,
    gained: 3,
  },
  {
    guard: 'the issuer compared, a call in any name ends a session',
    cuts: [
      {
        file: 'logout/frontchannel-logout.ts',
        guard: 'issuer?.href !== parts.issuer.href ||',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { bff, browser, clock } = await signedInTestBff()
      clock.advance(1)
      const call = new URLSearchParams({ iss: 'https://evil.example', sid: 'provider-session' })
      await bff.app.request(`/auth/frontchannel-logout?${call.toString()}`)
      return whoIs(browser)
    },
    refused: 'ada',
    gained: null,
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
