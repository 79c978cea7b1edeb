import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { head, rawHttp } from '../testing/raw-http.ts'
import { cuttableStore } from '../testing/cuttable-store.ts'
import { cookieHeader, from, whoIs } from './attackers-tools.ts'
import type { Cut } from './cut-plugin.ts'
import { onBoth, type Attack, type World } from './without.ts'

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const script = { 'X-CSRF': '1', 'Sec-Fetch-Mode': 'cors' }

interface Flood {
  readonly path: string
  readonly init?: { readonly method?: string; readonly headers?: Headings; readonly body?: string }
  readonly addressOf?: (call: number) => string
  readonly forwardedFor?: (call: number) => string
}

type Headings = Readonly<Record<string, string>>

/** The answer to the last of six calls, where three are let through in a minute. */
async function lastOfSix({ testBff }: World, { path, init, addressOf, forwardedFor }: Flood) {
  const { bff } = await testBff({ rateLimitPerMinute: 3 })
  let status = 0
  for (const call of [1, 2, 3, 4, 5, 6]) {
    const claimed = forwardedFor ? { 'X-Forwarded-For': forwardedFor(call) } : {}
    const headers = { ...init?.headers, ...claimed }
    const address = addressOf?.(call) ?? '203.0.113.7'
    status = (await bff.app.request(path, { ...init, headers }, from(address))).status
  }
  return status
}

const doors: readonly (readonly [name: string, cut: Cut, flood: Flood, status: number])[] = [
  [
    'the sign-in, a flood of them is begun',
    {
      file: 'create-bff.ts',
      guard: "rateLimit(parts, 'login'), startLogin",
      instead: 'startLogin',
    },
    { path: '/auth/login' },
    303,
  ],
  [
    'the callback, a flood of answers is looked at',
    { file: 'create-bff.ts', guard: "rateLimit(parts, 'callback')," },
    { path: '/auth/callback?code=x&state=y' },
    400,
  ],
  [
    'the sign-out, a flood of them clears nothing and is answered',
    {
      file: 'logout/sign-out.ts',
      guard: 'await parts.signOutsOfNobody.admit(c)\n      // A browser',
      instead: '// A browser',
    },
    { path: '/auth/logout', init: { method: 'POST', headers: script } },
    200,
  ],
  [
    'the provider’s door, a flood of forged logout tokens is verified',
    { file: 'logout/backchannel-logout.ts', guard: 'await parts.refusals.look(c)' },
    {
      path: '/auth/backchannel-logout',
      init: { method: 'POST', headers: form, body: 'logout_token=x' },
    },
    400,
  ],
  [
    'the provider’s frame, a flood of sids is guessed',
    { file: 'create-bff.ts', guard: "rateLimit(parts, 'frontchannel-logout')," },
    { path: '/auth/frontchannel-logout?iss=https://id.example.net&sid=x' },
    200,
  ],
]

test.for(doors)('without the limit at %s', async ([, cut, flood, status]) => {
  const attack = (world: World) => lastOfSix(world, flood)

  const { refused, gained } = await onBoth({ attack, cuts: [cut] })

  expect({ refused, gained }).toEqual({ refused: 429, gained: status })
})

/** Three who leave before they are answered, and one who stays. */
async function whoLeavesEarly({ testBff, serve }: World) {
  const { port } = await serve(await testBff({ rateLimitPerMinute: 3 }))
  const host = 'Host: app.example.com'
  for (const _ of [1, 2, 3]) {
    const socket = connect(port, '127.0.0.1')
    socket.write(head('GET /healthz HTTP/1.1', host))
    await once(socket, 'data')
    socket.write(head('GET /auth/login HTTP/1.1', host))
    socket.resetAndDestroy()
    await once(socket, 'close')
  }
  await rawHttp(port, head('GET /healthz HTTP/1.1', host))
  return (await rawHttp(port, head('GET /auth/login HTTP/1.1', host))).status
}

const attacks: readonly Attack[] = [
  {
    guard: 'the address read at once, who leaves early is counted nowhere',
    cuts: [{ file: 'server.ts', guard: 'void socket.remoteAddress', instead: 'void socket' }],
    attack: whoLeavesEarly,
    refused: 429,
    gained: 303,
  },
  {
    guard: 'a count for each network, one of them locks everybody out',
    cuts: [
      {
        file: 'base/client-network.ts',
        guard: 'if (plain === null || isIPv4(plain)) return plain',
        instead: "if (plain === null || isIPv4(plain)) return plain && 'all'",
      },
    ],
    attack: (world) =>
      lastOfSix(world, {
        path: '/auth/login',
        addressOf: (call) => (call < 6 ? '203.0.113.7' : '198.51.100.9'),
      }),
    refused: 303,
    gained: 429,
  },
  {
    guard: 'doubt about X-Forwarded-For, whoever makes one up is somebody else each time',
    cuts: [
      {
        file: 'base/proxy-trust.ts',
        guard: 'claimed !== undefined && isTrusted(peer)',
        instead: 'claimed !== undefined',
      },
      {
        file: 'base/proxy-trust.ts',
        guard: 'chain.findLast((address) => !isTrusted(address)) ??',
      },
    ],
    attack: (world) =>
      lastOfSix(world, {
        path: '/auth/login',
        forwardedFor: (call) => `192.0.2.${call}`,
      }),
    refused: 429,
    gained: 303,
  },
  {
    guard: 'a count for each /48, whoever has one asks from 65,536 networks',
    cuts: [
      {
        file: 'edge/counted-networks.ts',
        guard: '...(site ? [{ name: site, times: networksOfASite }] : [])',
      },
    ],
    attack: async ({ testBff }) => {
      const { bff } = await testBff({ rateLimitPerMinute: 1 })
      let status = 0
      for (let n = 0; n < 20; n += 1)
        ({ status } = await bff.app.request('/auth/login', {}, from(`2001:db8:0:${n}::1`)))
      return status
    },
    refused: 429,
    gained: 303,
  },
  {
    guard: 'more room for a proxy that nobody named, a stranger locks out all who come over it',
    cuts: [
      {
        file: 'edge/counted-networks.ts',
        guard: 'if (proxies.isUnnamedProxy(claimed, peer))',
        instead: 'if (false)',
      },
    ],
    attack: (world) =>
      lastOfSix(world, {
        path: '/auth/login',
        addressOf: () => '10.0.0.1',
        forwardedFor: () => '203.0.113.7',
      }),
    refused: 303,
    gained: 429,
  },
  {
    guard:
      'a session ended before the sign-out is counted, others of the network keep the user signed in',
    cuts: [
      {
        file: 'create-bff.ts',
        guard: 'csrfGuard(publicUrl, { forms: true }),',
        instead: "csrfGuard(publicUrl, { forms: true }), rateLimit(parts, 'logout-of-nobody'),",
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { bff, browser } = await signedInTestBff({ rateLimitPerMinute: 3 })
      const signOut = (headers: Headings) =>
        bff.app.request('/auth/logout', { method: 'POST', headers }, from('203.0.113.7'))
      for (const _ of Array(4)) await signOut(script)
      await signOut({ ...script, Cookie: cookieHeader(browser) })
      return whoIs(browser)
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard:
      'a count of sign-outs that end nothing, a copied cookie has the provider revoke without end',
    cuts: [
      {
        file: 'logout/sign-out.ts',
        guard: "case 'ended':\n      await parts.signOutsOfNobody.admit(c)",
        instead: "case 'ended':",
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { bff, browser, provider } = await signedInTestBff({ rateLimitPerMinute: 3 })
      const headers = { ...script, Cookie: cookieHeader(browser) }
      for (const _ of Array(10))
        await bff.app.request('/auth/logout', { method: 'POST', headers }, from('203.0.113.7'))
      return provider.revocations.length
    },
    refused: 8,
    gained: 20,
  },
  {
    guard:
      'our own trouble left out of the count, an outage has the provider’s logout calls refused',
    cuts: [
      {
        file: 'logout/backchannel-logout.ts',
        guard: "return refuse(c, parts, 'keys',",
        instead: "return refuseCounted(c, parts, 'keys',",
      },
    ],
    attack: async ({ testBff, issuer }) => {
      const { bff, clock, internet, provider } = await testBff({ rateLimitPerMinute: 3 })
      const body = `logout_token=${await provider.logoutToken()}`
      const call = () =>
        bff.app.request(
          '/auth/backchannel-logout',
          { method: 'POST', headers: form, body },
          from('203.0.113.7'),
        )
      internet.unplug(issuer)
      for (const _ of Array(6)) await call()
      internet.host(issuer, (request) => provider.app.fetch(request))
      clock.advance(10)
      return (await call()).status
    },
    refused: 200,
    gained: 429,
  },
  {
    guard:
      'a cap on names that are taken unseen, made-up ones fill the memory while the store is down',
    cuts: [{ file: 'logout/frontchannel-logout.ts', guard: 'unseen < mostUnseen &&' }],
    attack: async ({ testBff, issuer }) => {
      const store = cuttableStore()
      const { bff } = await testBff({ store })
      store.cut = true
      let status = 0
      for (let n = 0; n < 1001; n += 1) {
        const guess = new URLSearchParams({ iss: issuer, sid: `guess-${n}` })
        const answer = await bff.app.request(`/auth/frontchannel-logout?${guess.toString()}`)
        status = answer.status
      }
      return status
    },
    refused: 503,
    gained: 200,
  },
  {
    guard: 'small bodies alone, what nobody reads is taken in at any size',
    cuts: [{ file: 'create-bff.ts', guard: 'noStore(), smallBodies())', instead: 'noStore())' }],
    attack: async ({ testBff }) => {
      const { bff } = await testBff()
      const body = `logout_token=x&y=${'x'.repeat(1_000_000)}`
      const init = { method: 'POST', headers: form, body }
      return (await bff.app.request('/auth/backchannel-logout', init)).status
    },
    refused: 413,
    gained: 400,
  },
  {
    guard: 'a limit on the head, one of any size is taken in',
    cuts: [
      {
        file: 'server.ts',
        guard: 'maxHeaderSize: headBytes',
        instead: 'maxHeaderSize: 10_000_000',
      },
    ],
    attack: async ({ testBff, serve }) => {
      const { port } = await serve(await testBff())
      const cookie = `Cookie: ${'x'.repeat(1_000_000)}`
      return (await rawHttp(port, head('GET /healthz HTTP/1.1', 'Host: a', cookie))).status
    },
    refused: 431,
    gained: 200,
  },
  {
    guard: 'a cap on what is looked at, each planted attempt is opened and taken away',
    cuts: [{ file: 'session/attempt-cookies.ts', guard: '.slice(0, mostRead)' }],
    attack: async ({ testBff }) => {
      const { bff, eventsNamed } = await testBff()
      const planted = Array.from(
        { length: 90 },
        (_, at) => `__Host-Http-strongroom-login-${String(at).padStart(12, '0')}=Fe26.2*1`,
      )
      await bff.app.request('/auth/login', { headers: { Cookie: planted.join('; ') } })
      return eventsNamed('seal-refused').length
    },
    refused: 20,
    gained: 90,
  },
  {
    guard: 'a cap on cookies of our name, ten thousand of them are opened',
    cuts: [
      { file: 'session/cookie-jar.ts', guard: 'values.size <= mostOwn', instead: 'true' },
      { file: 'session/attempt-cookies.ts', guard: '.slice(0, mostRead)' },
    ],
    attack: async ({ testBff }) => {
      const { bff, eventsNamed } = await testBff()
      const planted = Array.from(
        { length: 200 },
        (_, at) => `__Host-Http-strongroom-login-${String(at).padStart(12, '0')}=x`,
      )
      await bff.app.request('/auth/login', { headers: { Cookie: planted.join('; ') } })
      return eventsNamed('seal-refused').filter(({ reason }) => reason === 'tampered').length
    },
    refused: 0,
    gained: 200,
  },
  {
    guard: 'a pause between two looks at the keys, each made-up kid has them fetched',
    cuts: [
      {
        file: 'provider/key-set.ts',
        guard: '!keys.reloading && clock.now() < coolUntil',
        instead: 'false',
      },
    ],
    attack: async ({ testBff }) => {
      const { bff, provider } = await testBff()
      for (const kid of ['a', 'b', 'c', 'd']) {
        const token = await provider.logoutToken({}, { kid })
        const body = `logout_token=${token}`
        await bff.app.request('/auth/backchannel-logout', { method: 'POST', headers: form, body })
      }
      return provider.keyRequests
    },
    refused: 2,
    gained: 5,
  },
  {
    guard: 'places for streams, one session holds as many connections open as it likes',
    cuts: [
      {
        file: 'tokens/stream-places.ts',
        guard: "if ((taken.get(sid) ?? 0) >= ofSession) return 'session-full'",
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { bff, browser } = await signedInTestBff()
      const statuses: number[] = []
      for (let at = 0; at < 20; at++) statuses.push((await browser.fetch('/auth/events')).status)
      await bff.endStreams()
      return statuses.filter((status) => status === 200).length
    },
    refused: 12,
    gained: 20,
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
