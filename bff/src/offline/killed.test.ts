import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { resolveOptions } from '../options/resolve-options.ts'
import { buildParts } from '../parts.ts'
import type { AccessToken, RefreshToken } from '../provider/token-set.ts'
import { freshStore } from '../testing/grant-world.ts'
import { listen, processSecrets } from '../testing/own-process.ts'
import type { OfflineGrant } from './offline-grant.ts'
import { startRedisServer } from '../testing/redis-server.ts'
import { stubProvider, type StubProvider } from '../testing/stub-provider.ts'

const [clientSecret, secret] = processSecrets
const program = fileURLToPath(new URL('../testing/refreshing-process.ts', import.meta.url))

/** A hundred of each take some minutes; `GRANT_KILLS=100` is for who wants to see them. */
const kills = Number(process.env['GRANT_KILLS'] ?? 4)
const seed = Number(process.env['GRANT_KILLS_SEED'] ?? 20_261)

/** How long the provider takes before and behind the moment from which the old refresh token is spent. */
const mostMilliseconds = 40

interface SlowProvider extends StubProvider {
  readonly issuer: string
  /** Called while a token request is before, and behind, the moment that counts. */
  at: (place: 'before' | 'behind') => void
}

async function slowProvider(random: () => number): Promise<SlowProvider> {
  const host = new Hono()
  const issuer = await listen(host)
  const stub = await stubProvider({ issuer, clientId: 'app', clientSecret }, systemClock)
  const provider: SlowProvider = Object.assign(stub, { issuer, at: () => {} })
  host.all('*', async (c) => {
    const isToken = c.req.path === '/token'
    if (isToken) {
      provider.at('before')
      await pause(random() * mostMilliseconds)
    }
    const answer = await provider.app.fetch(c.req.raw)
    if (isToken) {
      provider.at('behind')
      await pause(random() * mostMilliseconds)
    }
    return answer
  })
  return provider
}

/** The same numbers for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function offlineOf(issuer: string, store: string) {
  const settings = resolveOptions({
    publicUrl: 'http://localhost:3000',
    provider: { issuer, clientId: 'app', clientSecret },
    upstreams: [],
    session: { secrets: [secret] },
    store,
    grants: { digest: { title: 'Digest', sentence: 'Writes a digest.', scopes: ['notes'] } },
    telemetry: { record: () => {} },
  })
  if (!settings.ok) throw new Error(JSON.stringify(settings.error))
  const parts = buildParts(settings.value)
  if (!parts.offline) throw new Error('there are no grants')
  const { offline } = parts
  onTestFinished(async () => {
    await offline.close()
    parts.ended.close()
    await parts.outbox.close()
    await parts.store.close()
  })
  // A Redis is connected to by the first question, which may come too early.
  await whenStoreAnswers(() => parts.store.keyValue.ping())
  return offline
}

/** What a consent would have left in the store. */
async function connect(provider: SlowProvider, store: string) {
  const redirect_uri = 'http://localhost:3000/auth/callback'
  const asked = new URLSearchParams({ redirect_uri, scope: 'openid offline_access notes' })
  const answer = await provider.app.request(`/authorize?${asked.toString()}`)
  const code = new URL(answer.headers.get('Location') ?? '').searchParams.get('code') ?? ''
  const redeemed = await provider.app.request('/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'app',
      client_secret: clientSecret,
      code,
      redirect_uri,
    }),
  })
  const tokens = (await redeemed.json()) as { refresh_token: string; access_token: string }
  const now = systemClock.now()
  const offline = await offlineOf(provider.issuer, store)
  const grant: OfflineGrant = {
    v: 1,
    sub: 'ada',
    grant: 'digest',
    asked: null,
    connection: 'the-connection',
    connectedAt: now,
    expiresAt: now + 86_400,
    generation: 0,
    refreshToken: tokens.refresh_token as RefreshToken,
    token: {
      accessToken: tokens.access_token as AccessToken,
      issuedAt: now,
      expiresAt: now + 300,
    },
    consentedScopes: ['notes'],
    scopes: ['notes'],
    reducedAt: null,
    spending: null,
    broken: null,
  }
  await whenStoreAnswers(() => offline.vault.put(grant))
  return offline
}

/** A machine that is busy with all these processes may keep a store from answering in time. */
function whenStoreAnswers<T>(work: () => Promise<T>): Promise<T> {
  return vi.waitFor(work, { timeout: 20_000, interval: 200 })
}

interface KillOptions {
  readonly store: string
  readonly kills: number
  /** Only where the provider has spent the old refresh token and its answer has not come yet. */
  readonly onlyBehind?: boolean
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a process, kills it at a random point of a refresh, runs the next, and so on. @returns whether the grant is alive */
async function killOverAndOver({ store, kills, onlyBehind = false, env = {} }: KillOptions) {
  const random = randomFrom(seed)
  const provider = await slowProvider(random)
  const offline = await connect(provider, store)
  const killedAt = { before: 0, behind: 0, over: 0 }
  let killed = 0
  while (killed < kills) {
    const child = spawn(process.execPath, [program], {
      env: {
        STORE: store,
        ISSUER: provider.issuer,
        SECRET: secret,
        CLIENT_SECRET: clientSecret,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    const moment = Promise.withResolvers<keyof typeof killedAt>()
    let left = Math.ceil(random() * 4)
    provider.at = (place) => {
      if (onlyBehind && place === 'before') return
      left -= 1
      if (left <= 0) moment.resolve(place)
    }
    child.stdout.setEncoding('utf8').on('data', (said: string) => {
      if (said.includes('grant-broken')) moment.resolve('over')
    })
    const place = await moment.promise
    if (!onlyBehind) await pause(random() * mostMilliseconds)
    child.kill('SIGKILL')
    await ended
    if (place === 'over') break
    killedAt[place] += 1
    killed += 1
  }
  provider.at = () => {}
  const owner = { sub: 'ada', grant: 'digest' }
  const taken = await whenStoreAnswers(() => offline.tokens.fresh(owner))
  const again = taken.ok
    ? await whenStoreAnswers(() => offline.tokens.renewed(owner, taken.value.accessToken))
    : taken
  return { isAlive: again.ok, killed, killedAt }
}

const timeout = 30_000 + kills * 8000

test(
  'killed at any point of a refresh, over and over, a process loses no grant kept in a file',
  async () => {
    const outcome = await killOverAndOver({ store: freshStore(), kills })

    expect(outcome, `seed ${seed}`).toMatchObject({ isAlive: true, killed: kills })
  },
  timeout,
)

test(
  'killed at any point of a refresh, over and over, a process loses no grant kept in Redis',
  async () => {
    const redis = await startRedisServer()
    onTestFinished(() => redis.kill())

    const outcome = await killOverAndOver({ store: redis.url, kills })

    expect(outcome, `seed ${seed}`).toMatchObject({ isAlive: true, killed: kills })
  },
  timeout,
)

test('without the courier one kill behind the provider’s back loses the grant; with it, it lives', async () => {
  const kill = { kills: 1, onlyBehind: true }

  const without = await killOverAndOver({
    ...kill,
    store: freshStore(),
    env: { WITHOUT_COURIER: '1' },
  })
  const withCourier = await killOverAndOver({ ...kill, store: freshStore() })

  expect([without.isAlive, withCourier.isAlive]).toEqual([false, true])
}, 60_000)
