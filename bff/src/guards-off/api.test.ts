import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { ownerHeader, type SignedInView } from '@strongroom/client'
import { expect, onTestFinished, test } from 'vitest'
import { head, rawHttp } from '../testing/raw-http.ts'
import { recordingApi } from '../testing/recording-api.ts'
import { cookieHeader } from './attackers-tools.ts'
import { onBoth, type Attack, type World } from './without.ts'

/** An attack by what an API says: one header, as the browser gets it. */
function comingDown(
  name: string,
  said: string,
  words: Pick<Attack, 'guard' | 'cuts' | 'refused' | 'gained'>,
): Attack {
  return {
    ...words,
    attack: async ({ signedInTestBff }) => {
      const world = await signedInTestBff()
      world.api = () => new Response('x', { headers: { [name]: said } })
      return (await world.browser.fetch('/api/notes')).headers.get(name)
    },
  }
}

/** An attack by what the caller says: one header, as an API without tokens gets it. */
function goingUp(
  name: string,
  said: Record<string, string>,
  words: Omit<Attack, 'attack'>,
): Attack {
  return {
    ...words,
    attack: async ({ signedInTestBff, apiUrl }) => {
      const upstreams = [{ prefix: '/api', target: `${apiUrl}/v1`, token: 'none' }] as const
      const world = await signedInTestBff({ upstreams })
      await world.bff.app.request('/api/notes', {
        headers: { 'X-CSRF': '1', Cookie: cookieHeader(world.browser), ...said },
      })
      const value = world.apiCalls[0]?.headers.get(name) ?? null
      return value === cookieHeader(world.browser) ? 'the session' : value
    },
  }
}

/** What arrives at an API of a request that is sent byte by byte. */
async function arrivingRaw({ servedBff }: World, requestLine: string, ...lines: readonly string[]) {
  const api = recordingApi()
  const { port, headers } = await servedBff(api)
  const own = ['Host: app.example.com', `Cookie: ${headers.Cookie}`, 'X-CSRF: 1']
  await rawHttp(port, head(requestLine, ...own, ...lines))
  return api.arrived.map(({ url }) => url)
}

async function listening(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const requestHeaders = 'proxy/request-headers.ts'
const responseHeaders = 'proxy/response-headers.ts'

/** What a session that was begun an hour ago with a password gets of an API that wants more. */
function withWeakSession(
  demand: object,
  words: Omit<Attack, 'attack' | 'refused' | 'gained'>,
  path = '/api/transfers',
): Attack {
  return {
    ...words,
    refused: 0,
    gained: 1,
    attack: async ({ testBff, apiUrl }) => {
      const world = await testBff({
        upstreams: [
          { prefix: '/api', target: `${apiUrl}/v1` },
          { prefix: '/api/transfers', target: `${apiUrl}/v1/transfers`, ...demand },
        ],
      })
      world.provider.idTokenClaims = { acr: 'password', auth_time: world.clock.now() - 3600 }
      await world.browser.navigate('/auth/login')
      await world.browser.fetch(path, { method: 'POST' })
      return world.apiCalls.length
    },
  }
}

const attacks: readonly Attack[] = [
  withWeakSession(
    { acrValues: ['two-factors'] },
    {
      guard: 'the look at acr, who has only a password calls what wants two factors',
      cuts: [
        {
          file: 'session/strong-sign-in.ts',
          guard: '(acr !== undefined && acrValues.includes(acr))',
          instead: 'true',
        },
      ],
    },
  ),
  withWeakSession(
    { maxAge: 300 },
    {
      guard: 'the look at auth_time, who finds a desk unlocked calls what wants a fresh sign-in',
      cuts: [
        {
          file: 'session/strong-sign-in.ts',
          guard: 'now - authTime <= maxAgeSeconds + toleranceSeconds',
          instead: 'true',
        },
      ],
    },
  ),
  withWeakSession(
    { acrValues: ['two-factors'] },
    {
      guard:
        'a second reading of paths, another spelling goes by the row beside the one that guards it',
      cuts: [
        {
          file: 'proxy/target-url.ts',
          guard: 'if (guarded.length > 0 && mayBeReadAs(guarded, rawPath))',
          instead: 'if (false)',
        },
      ],
    },
    '/api//transfers',
  ),
  comingDown('Set-Cookie', 'a=b', {
    guard: 'Set-Cookie held back, an API sets cookies of our origin',
    cuts: [{ file: responseHeaders, guard: "  'set-cookie',\n" }],
    refused: null,
    gained: 'a=b',
  }),
  comingDown('Access-Control-Allow-Origin', 'https://evil.example', {
    guard: 'CORS headers held back, an API opens what it says to another site',
    cuts: [{ file: responseHeaders, guard: '&& !droppedPattern.test(name)' }],
    refused: null,
    gained: 'https://evil.example',
  }),
  comingDown('Clear-Site-Data', '"*"', {
    guard: 'Clear-Site-Data held back, an API signs the user out and empties the app’s storage',
    cuts: [{ file: responseHeaders, guard: "  'clear-site-data',\n" }],
    refused: null,
    gained: '"*"',
  }),
  comingDown('X-Content-Type-Options', 'none', {
    guard: 'our own headers kept, an API has the browser guess what its answers are',
    cuts: [{ file: responseHeaders, guard: "  'x-content-type-options',\n" }],
    refused: 'nosniff',
    gained: 'none, nosniff',
  }),
  {
    guard: 'no-store for what an API says to one user, a shared cache keeps it for others',
    cuts: [
      { file: responseHeaders, guard: "if (!keepable) headers.push('cache-control', 'no-store')" },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser } = await signedInTestBff()
      return (await browser.fetch('/api/notes')).headers.get('Cache-Control')
    },
    refused: 'no-store',
    gained: null,
  },
  {
    guard: 'no-store for our own answers, a shared cache keeps who is signed in',
    cuts: [
      { file: 'create-bff.ts', guard: 'noStore(), smallBodies())', instead: 'smallBodies())' },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser } = await signedInTestBff()
      return (await browser.fetch('/auth/session')).headers.get('Cache-Control')
    },
    refused: 'no-store',
    gained: null,
  },
  goingUp(
    'cookie',
    {},
    {
      guard: 'Cookie held back, an API gets the user’s session',
      cuts: [{ file: requestHeaders, guard: "  'cookie',\n" }],
      refused: null,
      gained: 'the session',
    },
  ),
  goingUp(
    'authorization',
    { Authorization: 'Bearer theirs' },
    {
      guard: 'Authorization held back, a caller is to an API whom they like',
      cuts: [{ file: requestHeaders, guard: "  'authorization',\n" }],
      refused: null,
      gained: 'Bearer theirs',
    },
  ),
  goingUp(
    'dpop',
    { DPoP: 'theirs' },
    {
      guard: 'DPoP held back, a caller shows an API proofs of their own',
      cuts: [{ file: requestHeaders, guard: "  'dpop',\n" }],
      refused: null,
      gained: 'theirs',
    },
  ),
  goingUp(
    'x-forwarded-user',
    { 'X-Forwarded-User': 'root' },
    {
      guard: 'identity headers held back, a caller is root to an API that believes its proxy',
      cuts: [
        {
          file: requestHeaders,
          guard: '&&\n    !claimsIdentity(name)',
        },
      ],
      refused: null,
      gained: 'root',
    },
  ),
  goingUp(
    'x_forwarded_user',
    { x_forwarded_user: 'root' },
    {
      guard: 'underscores refused, a caller is root to an API that reads them as hyphens',
      cuts: [{ file: requestHeaders, guard: "!name.includes('_') &&" }],
      refused: null,
      gained: 'root',
    },
  ),
  goingUp(
    'x-http-method-override',
    { 'X-HTTP-Method-Override': 'DELETE' },
    {
      guard: 'method overrides held back, a GET that was let in deletes',
      cuts: [{ file: requestHeaders, guard: "  'x-http-method-override',\n" }],
      refused: null,
      gained: 'DELETE',
    },
  ),
  goingUp(
    'x-a',
    { Connection: 'x-a', 'X-A': '1' },
    {
      guard: 'a look at Connection, what was meant for us goes further',
      cuts: [
        {
          file: 'proxy/headers.ts',
          guard: 'return new Set([...hopByHop, ...named])',
          instead: 'return hopByHop',
        },
      ],
      refused: null,
      gained: '1',
    },
  ),
  {
    guard:
      'redirects left to the browser, an API has the server fetch what only the server can reach',
    cuts: [
      {
        file: 'proxy/call-over-fetch.ts',
        guard: "redirect: 'manual'",
        instead: "redirect: 'follow'",
      },
    ],
    attack: async ({ servedBff }) => {
      const inner = await listening((_, response) => response.end('inner'))
      const { origin, headers } = await servedBff(
        (_, response) => response.writeHead(302, { Location: inner }).end(),
        { bff: { fetch: (...call) => fetch(...call) } },
      )
      return (await fetch(`${origin}/api/notes`, { headers, redirect: 'manual' })).text()
    },
    refused: '',
    gained: 'inner',
  },
  {
    guard: 'a look at the path, a caller steps out of the API’s own',
    cuts: [
      { file: 'proxy/target-url.ts', guard: 'if (!isHonestPath(rawPath))', instead: 'if (false)' },
    ],
    attack: (world) => arrivingRaw(world, 'GET /api/x/..%2f..%2fadmin HTTP/1.1'),
    refused: [],
    gained: ['/v1/x/..%2f..%2fadmin'],
  },
  {
    guard: 'the prefix to the letter, a prefix in disguise leads elsewhere',
    cuts: [
      {
        file: 'proxy/target-url.ts',
        guard: 'if (rawPath !== prefix && !rawPath.startsWith(`${prefix}/`))',
        instead: 'if (false)',
      },
    ],
    attack: (world) => arrivingRaw(world, 'GET /%61pi/notes HTTP/1.1'),
    refused: [],
    gained: ['/v1pi/notes'],
  },
  {
    guard: 'one reading of a head, a second host gets in',
    cuts: [{ file: 'server.ts', guard: 'if (isUnambiguous(incoming))', instead: 'if (true)' }],
    attack: (world) => arrivingRaw(world, 'GET /api/notes HTTP/1.1', 'Host: evil.example'),
    refused: [],
    gained: ['/v1/notes'],
  },
  {
    guard: 'a time for the answer to begin, an API keeps its callers waiting',
    cuts: [
      {
        file: 'proxy/call-over-undici.ts',
        guard: 'call.timeoutSeconds * 1000',
        instead: '600_000',
      },
    ],
    attack: async ({ servedBff }) => {
      const { origin, headers } = await servedBff(() => {}, { upstream: { timeoutSeconds: 1 } })
      const answer = fetch(`${origin}/api/notes`, { headers, signal: AbortSignal.timeout(1500) })
      return answer.then(
        ({ status }) => status,
        ({ name }: Error) => name,
      )
    },
    refused: 504,
    gained: 'TimeoutError',
  },
  {
    guard:
      'an age below which no token of the app’s own is replaced, an API that refuses them all has one made for each call',
    cuts: [
      {
        file: 'tokens/client-token.ts',
        guard: 'clock.now() < token.issuedAt + tooYoungToRenewSeconds ? null : ',
      },
    ],
    attack: async ({ apiUrl, signedInTestBff }) => {
      const upstreams = [{ prefix: '/api', target: `${apiUrl}/v1`, token: 'client' }] as const
      const world = await signedInTestBff({ upstreams })
      world.api = () => new Response(null, { status: 401 })
      for (const _ of Array(5)) await world.browser.fetch('/api/notes')
      return world.provider.tokenRequests('client_credentials')
    },
    refused: 1,
    gained: 6,
  },
  {
    guard:
      'an age below which no token is renewed, an API that refuses them all has one made for each call',
    cuts: [
      {
        file: 'tokens/fresh-token.ts',
        guard: 'if (parts.clock.now() < token.issuedAt + tooYoungToRenewSeconds) return null',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const world = await signedInTestBff()
      world.api = () => new Response(null, { status: 401 })
      world.clock.advance(5)
      for (const _ of Array(5)) await world.browser.fetch('/api/notes')
      return world.provider.tokenRequests('refresh_token')
    },
    refused: 1,
    gained: 5,
  },
  {
    guard:
      'the look at for whom a page was drawn, what one user has typed is saved in the name of the next',
    cuts: [
      {
        file: 'session/session-owner.ts',
        guard: '&& ownerOf(lookup.session) !== drawnFor',
        instead: '&& false',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { apiCalls, browser, provider } = await signedInTestBff()
      const adas = (await (await browser.fetch('/auth/session')).json()) as SignedInView
      provider.sub = 'grace'
      await browser.navigate('/auth/login')
      const headers = { [ownerHeader]: adas.session.owner }
      const { status } = await browser.fetch('/api/notes', { method: 'POST', headers })
      return { status, calls: apiCalls.length }
    },
    refused: { status: 401, calls: 0 },
    gained: { status: 200, calls: 1 },
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
