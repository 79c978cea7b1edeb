import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { loginPath, routes } from '@strongroom/client'
import { expect, onTestFinished, test } from 'vitest'
import { others } from '../race/answer.ts'
import { openRaceStore } from '../race/race-store.ts'
import { boundWorld, demandsProofs, type BoundWorld } from './bound-world.ts'
import { configFolder } from './config-folder.ts'
import { withClient } from './protocol-world.ts'

const patience = { timeout: 60_000 }

test(
  'signs in, calls, renews and revokes at a provider and an API that want proofs with their nonces',
  patience,
  async () => {
    const world = await boundWorld(onTestFinished, { accessTokenSeconds: 3 })

    const back = await world.signIn()
    const first = await world.send(`${routes.api}/notes?page=2`)
    await world.untilExpired()
    const renewed = await world.send(`${routes.api}/notes`)
    world.boundApi.renewNonce()
    const again = await world.send(`${routes.api}/notes`)
    const signedOut = await world.send(routes.logout, { method: 'POST' })

    expect(back.location).toBe('/')
    expect([first.status, renewed.status, again.status]).toEqual([200, 200, 200])
    const { calls } = world.boundApi
    expect(calls.map(({ refusal }) => refusal)).toEqual([
      'use_dpop_nonce',
      null,
      null,
      'use_dpop_nonce',
      null,
    ])
    const taken = calls.filter(({ refusal }) => refusal === null)
    expect(new Set(taken.map(({ thumbprint }) => thumbprint)).size).toBe(1)
    expect(new Set(taken.map(({ authorization }) => authorization)).size).toBe(2)
    expect(signedOut.body).toMatchObject({
      receipt: { refreshToken: 'revoked', accessToken: 'revoked' },
    })
  },
)

test(
  'the pushed request names the key, and the browser carries nothing of it',
  patience,
  async () => {
    const world = await boundWorld(onTestFinished)
    const pushed: unknown[] = []
    world.provider.inner.oidc.on('pushed_authorization_request.success', (ctx) =>
      pushed.push(ctx.oidc.params?.['dpop_jkt']),
    )

    const begun = await world.send(loginPath('/'), { navigates: true })

    expect([...new URL(begun.location ?? '').searchParams.keys()].toSorted()).toEqual([
      'client_id',
      'request_uri',
    ])
    expect(pushed).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
  },
)

test.for(['sqlite', 'redis'] as const)(
  'many calls at once on two instances with an expired token: one refresh, and every call answered (%s)',
  patience,
  async (kind) => {
    const store = await openRaceStore(kind)
    onTestFinished(() => store.stop())
    const world = await boundWorld(onTestFinished, {
      accessTokenSeconds: 3,
      env: { STORE_URL: store.url },
    })
    const doors = [Number(new URL(world.publicUrl).port), await world.another()].map(
      (port, index) => ({ index, port }),
    )
    const asked = tokenRequests(world)
    await world.signIn()
    // What is loaded with a first call is not what is looked at here.
    for (const door of doors) await world.browser.send(door, `${routes.api}/notes`)
    const rounds: { readonly not200: string; readonly asked: readonly string[] }[] = []

    for (let round = 0; round < 3; round += 1) {
      await world.untilExpired()
      asked.length = 0
      const cookies = world.browser.jar.header()
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          // Most come late, with the cookie from before.
          world.browser.send(
            doors[index % 2] as (typeof doors)[number],
            `${routes.api}/notes`,
            index === 0 ? {} : { cookies },
          ),
        ),
      )
      rounds.push({ not200: others(answers), asked: [...asked] })
    }

    expect(rounds.map(({ not200 }) => not200)).toEqual(['', '', ''])
    // The instance that has never asked before knows no nonce, and is told one.
    for (const { asked } of rounds) expect([granted, [wanting, ...granted]]).toContainEqual(asked)
    expect(
      world.boundApi.calls.every(
        ({ refusal }) => (refusal ?? 'use_dpop_nonce') === 'use_dpop_nonce',
      ),
    ).toBe(true)
  },
)

const wanting = 'refresh_token: use_dpop_nonce'
const granted = ['refresh_token: granted']

/** What the token endpoint is asked from now on, and says, in the order of its answers. */
function tokenRequests({ provider }: BoundWorld): string[] {
  const asked: string[] = []
  provider.inner.use(async (ctx, next) => {
    await next()
    if (ctx.path !== '/token') return
    const { error = 'granted' } = ctx.body as { readonly error?: string }
    asked.push(`${String(ctx.oidc.params?.['grant_type'])}: ${error}`)
  })
  return asked
}

test('a save that meets a newer nonce arrives all the same', patience, async () => {
  const world = await boundWorld(onTestFinished)
  await world.signIn()
  const save = (body: string) => postWithLength(world, body)

  const first = await save('{"text":"one"}')
  world.boundApi.renewNonce()
  const second = await save(`{"text":"${'x'.repeat(50_000)}"}`)
  world.boundApi.renewNonce()
  const large = await save('x'.repeat(100_000))
  const again = await save('x'.repeat(100_000))

  expect([first.status, second.status, large.status, again.status]).toEqual([200, 200, 502, 200])
  expect(second.body).toEqual({ body: `{"text":"${'x'.repeat(50_000)}"}` })
  expect(large.body).toMatchObject({ code: 'upstream_unreachable' })
})

test('event streams and WebSockets are proven, too', patience, async () => {
  const world = await boundWorld(onTestFinished)
  await world.signIn()

  const events = await world.send(`${routes.api}/events`)
  world.boundApi.renewNonce()
  const opened = await openWebSocket(world)

  expect([events.status, opened]).toEqual([200, 101])
})

test(
  'a token that was stolen on its way is of no use without the key, nor is the proof beside it',
  patience,
  async () => {
    const world = await boundWorld(onTestFinished)
    await world.signIn()
    await world.send(`${routes.api}/notes`)
    const stolen = world.boundApi.calls.findLast(({ refusal }) => refusal === null)
    const { authorization = '', proof = '' } = stolen ?? {}
    const token = authorization.slice('DPoP '.length)
    const tries = [
      ['/notes', { Authorization: `Bearer ${token}` }],
      ['/notes', { Authorization: authorization }],
      ['/notes', { Authorization: authorization, DPoP: proof }],
      ['/admin', { Authorization: authorization, DPoP: proof }],
    ] as const

    const statuses = []
    for (const [path, headers] of tries)
      statuses.push((await fetch(world.boundApi.url + path, { headers })).status)

    expect(stolen).toBeDefined()
    expect(statuses).toEqual([401, 401, 401, 401])
  },
)

test('a provider that knows nothing of it signs nobody in', patience, async () => {
  const world = await boundWorld(onTestFinished, {
    configure: (configuration) => ({
      ...configuration,
      features: { ...configuration.features, dPoP: { enabled: false } },
    }),
    env: { LOG_LEVEL: 'info' },
  })

  await expect(world.signIn()).rejects.toThrow('The sign-in failed')
  await expect.poll(() => world.bff.output()).toContain('bound to our key (token_type)')
  expect(await world.session()).toBeNull()
})

test(
  'a session from before it was switched on is bound with its next refresh',
  patience,
  async () => {
    const world = await boundWorld(onTestFinished, {
      accessTokenSeconds: 3,
      env: { OIDC_DPOP: 'off' },
      configure: (configuration) => {
        const { features, ...rest } = demandsProofs(configuration)
        return withClient(
          { ...rest, features: features ?? {} },
          { dpop_bound_access_tokens: false },
        )
      },
    })
    await world.signIn()
    const before = await world.send(`${routes.api}/notes`)

    await world.bff.restart({ OIDC_DPOP: 'on' })
    await world.untilExpired()
    const after = await world.send(`${routes.api}/notes`)

    expect([before.status, after.status]).toEqual([401, 200])
    expect(world.boundApi.calls[0]?.authorization).toMatch(/^Bearer /)
  },
)

test(
  'a row may call in the app’s own name, with a token that is bound as well',
  patience,
  async () => {
    const world = await boundWorld(onTestFinished, {
      settings: configFolder(`{
      upstreams: [
        { prefix: '/api/reports', target: process.env.API_UPSTREAM, token: 'client', clientToken: { scopes: ['notes'] } },
      ],
    }`),
    })
    await world.signIn()

    const answers = [
      await world.send(`${routes.api}/reports/x`),
      await world.send(`${routes.api}/notes`),
      await world.send(`${routes.api}/reports/y`),
    ]

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const taken = world.boundApi.calls.filter(({ refusal }) => refusal === null)
    expect(taken.map(({ sub }) => sub)).toEqual([
      world.provider.clientId,
      'ada',
      world.provider.clientId,
    ])
    expect(taken[0]?.thumbprint).toBe(taken[2]?.thumbprint)
    expect(taken[0]?.thumbprint).not.toBe(taken[1]?.thumbprint)
  },
)

/** As a browser sends what it has whole: with its length. */
async function postWithLength({ browser, publicUrl }: BoundWorld, body: string) {
  const { host, port } = new URL(publicUrl)
  const asked = request({
    host: '127.0.0.1',
    port,
    path: `${routes.api}/notes`,
    method: 'POST',
    headers: { host, cookie: browser.jar.header(), 'x-csrf': '1', 'content-length': body.length },
  }).end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const answer: unknown = await json(response)
  return { status: response.statusCode, body: answer }
}

/** @returns the status that the handshake is answered with */
function openWebSocket({ browser, publicUrl }: BoundWorld): Promise<number> {
  const { host, port } = new URL(publicUrl)
  const asked = request({
    host: '127.0.0.1',
    port,
    path: `${routes.api}/socket`,
    headers: {
      host,
      cookie: browser.jar.header(),
      origin: publicUrl,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  })
  return new Promise((resolve, reject) => {
    asked.once('error', reject)
    asked.once('response', (response) => resolve(response.statusCode ?? 0))
    asked.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode ?? 0)
    })
    asked.end()
  })
}
