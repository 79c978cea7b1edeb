import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { head, rawHttp } from '../testing/raw-http.ts'
import { from } from './attackers-tools.ts'
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

const doors: readonly (readonly [name: string, limit: string, flood: Flood, status: number])[] = [
  [
    'the sign-in, a flood of them is begun',
    "rateLimit(parts, 'login'),",
    { path: '/auth/login' },
    303,
  ],
  [
    'the callback, a flood of answers is looked at',
    "rateLimit(parts, 'callback'),",
    { path: '/auth/callback?code=x&state=y' },
    400,
  ],
  [
    'the sign-out, a flood of them is opened',
    "rateLimit(parts, 'logout'),",
    { path: '/auth/logout', init: { method: 'POST', headers: script } },
    200,
  ],
  [
    'the provider’s door, a flood of forged logout tokens is verified',
    "rateLimitRefused(parts, 'provider-logout'),",
    {
      path: '/auth/backchannel-logout',
      init: { method: 'POST', headers: form, body: 'logout_token=x' },
    },
    400,
  ],
  [
    'the provider’s frame, a flood of sids is guessed',
    "rateLimit(parts, 'provider-logout'),",
    { path: '/auth/frontchannel-logout?iss=https://id.example.net&sid=x' },
    200,
  ],
]

test.for(doors)('without the limit at %s', async ([, guard, flood, status]) => {
  const attack = (world: World) => lastOfSix(world, flood)

  const { refused, gained } = await onBoth({ attack, cuts: [{ file: 'create-bff.ts', guard }] })

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
        guard: 'if (isIP(bare) === 4) return bare',
        instead: "if (isIP(bare) === 4) return 'all'",
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
    cuts: [{ file: 'login/transaction.ts', guard: '.slice(0, mostRead)' }],
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
      { file: 'login/transaction.ts', guard: '.slice(0, mostRead)' },
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
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
