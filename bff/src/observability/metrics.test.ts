import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { keyId } from '../base/key-ring.ts'
import { memoryStore } from '../keyvalue/memory-store.ts'
import type { Store } from '../keyvalue/store.ts'
import { apiUrl, issuer, secret, signedInTestBff, testBff } from '../testing/test-bff.ts'
import { digestOf, grantWorld } from '../testing/grant-world.ts'
import { expectOk } from '../jobs/job-errors.ts'
import { jobWorld } from '../testing/job-world.ts'
import { rawHttp } from '../testing/raw-http.ts'
import { servedBff } from '../testing/served-bff.ts'
import { metricsListener } from './metrics-listener.ts'
import { metrics, type Signal } from './metrics.ts'
import { prometheusTelemetry } from './prometheus.ts'
import type { Telemetry } from './telemetry.ts'

const cookie = '__Host-Http-strongroom'
const key = keyId(secret)

interface Story {
  readonly happens: () => Promise<{ readonly events: readonly Signal[] }>
  readonly counts: Readonly<Record<string, number>>
}

/** Telemetry that keeps what it is told, measurements included. */
function keeping() {
  const events: Signal[] = []
  const keep = (signal: Signal) => void events.push(signal)
  return { events, telemetry: { record: keep, measure: keep } satisfies Telemetry }
}

const stories: Record<string, Story> = {
  'calls that are answered, refused and lost': {
    happens: async () => {
      const { events, telemetry } = keeping()
      const world = await signedInTestBff({ telemetry })
      await world.browser.fetch('/api/notes')
      world.api = () => new Response(null, { status: 404 })
      await world.browser.fetch('/api/notes')
      await world.browser.navigate('/api/notes')
      world.internet.unplug(apiUrl)
      await world.browser.fetch('/api/notes')
      return { events }
    },
    counts: {
      'strongroom_calls_total{upstream="/api",by="upstream",status="2xx"}': 1,
      'strongroom_calls_total{upstream="/api",by="upstream",status="4xx"}': 1,
      'strongroom_calls_total{upstream="/api",by="strongroom",status="4xx"}': 1,
      'strongroom_calls_total{upstream="/api",by="strongroom",status="5xx"}': 1,
      'strongroom_call_own_seconds_count{upstream="/api"}': 4,
      'strongroom_call_own_seconds_bucket{le="+Inf",upstream="/api"}': 4,
      'strongroom_upstream_seconds_count{upstream="/api"}': 3,
      'strongroom_requests_refused_total{reason="csrf"}': 1,
      'strongroom_provider_seconds_count{endpoint="discovery",status="2xx"}': 1,
      'strongroom_provider_seconds_count{endpoint="keys",status="2xx"}': 1,
      'strongroom_provider_seconds_count{endpoint="token",status="2xx"}': 1,
    },
  },
  'a page that listens': {
    happens: async () => {
      const { events, telemetry } = keeping()
      const world = await signedInTestBff({ telemetry })
      await world.browser.fetch('/auth/events')
      const soFar = [...events]
      await world.bff.endStreams()
      return { events: soFar }
    },
    counts: { 'strongroom_streams_open{kind="session_events"}': 1 },
  },
  'a provider that is gone when tokens are to be revoked': {
    happens: async () => {
      const { events, telemetry } = keeping()
      const world = await signedInTestBff({ telemetry })
      world.internet.unplug(issuer)
      await world.browser.fetch('/auth/logout', { method: 'POST' })
      world.clock.advance(61)
      await world.bff.drainRevocations()
      return { events }
    },
    counts: {
      strongroom_revocations_waiting: 2,
      'strongroom_breaker_open{breaker="provider_revocation"}': 1,
      'strongroom_store_seconds_count{operation="set",outcome="done"}': expect.any(
        Number,
      ) as number,
      'strongroom_provider_seconds_count{endpoint="revocation",status="none"}': 3,
    },
  },
  'a sign-in, a refresh, a late call and a sign-out': {
    happens: async () => {
      const world = await signedInTestBff({ accessTokenSeconds: 300 })
      const late = world.browser.with(world.browser.cookies())
      world.clock.advance(301)
      await world.browser.fetch('/api/notes')
      await late.fetch('/api/notes')
      await world.browser.fetch('/auth/logout', { method: 'POST' })
      return world
    },
    counts: {
      strongroom_sessions_started_total: 1,
      'strongroom_sessions_ended_total{cause="signed-out"}': 1,
      'strongroom_refreshes_total{outcome="refreshed"}': 1,
      strongroom_late_calls_total: 1,
      'strongroom_revocations_total{token="refresh",outcome="revoked"}': 1,
      'strongroom_revocations_total{token="access",outcome="revoked"}': 1,
      'strongroom_keys_changed_total{outcome="used"}': 1,
      [`strongroom_keys_in_use{key="${key}",seals="true"}`]: 1,
      [`strongroom_seals_opened_total{purpose="login",key="${key}"}`]: 1,
      [`strongroom_seals_opened_total{purpose="session",key="${key}"}`]: 2,
    },
  },
  'a thirteenth tab that wants to listen': {
    happens: async () => {
      const world = await signedInTestBff()
      for (let tab = 0; tab < 13; tab++) await world.browser.fetch('/auth/events')
      await world.bff.endStreams()
      return world
    },
    counts: { 'strongroom_event_streams_refused_total{limit="session"}': 1 },
  },
  'a user who presses cancel': {
    happens: async () => {
      const world = await testBff()
      world.provider.authorizationAnswer = { error: 'access_denied' }
      await world.browser.navigate('/auth/login')
      return world
    },
    counts: { 'strongroom_sign_ins_failed_total{kind="sign-in-refused"}': 1 },
  },
  'a sign-in in the place of another, ended from the list': {
    happens: async () => {
      const world = await signedInTestBff()
      await world.browser.navigate('/auth/login')
      await world.browser.fetch('/auth/sessions', { method: 'DELETE' })
      return world
    },
    counts: {
      'strongroom_sessions_ended_total{cause="replaced"}': 1,
      'strongroom_sessions_ended_total{cause="signed-out-elsewhere"}': 1,
    },
  },
  'cookies that do not open': {
    happens: async () => {
      const world = await signedInTestBff({ session: { secrets: [secret], idleSeconds: 60 } })
      const good = world.browser.cookies().get(cookie)?.value ?? ''
      for (const bad of [`${good}x`, good.replace(key, '1'), `${good}; ${cookie}=another`]) {
        await world.browser
          .with(new Map([[cookie, { value: bad, attributes: '' }]]))
          .fetch('/auth/session')
      }
      world.clock.advance(61)
      await world.browser.fetch('/auth/session')
      return world
    },
    counts: {
      'strongroom_seals_refused_total{purpose="session",reason="tampered"}': 1,
      'strongroom_seals_refused_total{purpose="session",reason="unknown_key"}': 1,
      'strongroom_seals_refused_total{purpose="session",reason="doubled"}': 1,
      'strongroom_seals_refused_total{purpose="session",reason="expired"}': 1,
    },
  },
  'an app that goes round, and a network that asks too often': {
    happens: async () => {
      const world = await testBff({ rateLimitPerMinute: 3 })
      for (let round = 0; round < 6; round += 1) await world.browser.navigate('/auth/login')
      const from = { incoming: { socket: { remoteAddress: '203.0.113.7' } }, outgoing: {} } as never
      for (let n = 0; n < 5; n += 1) await world.bff.app.request('/auth/login', {}, from)
      return world
    },
    counts: {
      strongroom_sign_in_loops_total: 1,
      'strongroom_rate_limited_total{group="login",unnamed_proxy="false"}': 1,
    },
  },
  'sign-outs at the provider, one of them forged': {
    happens: async () => {
      const world = await signedInTestBff()
      world.clock.advance(1)
      for (const claims of [{}, { aud: 'another' }]) {
        await world.bff.app.request('/auth/backchannel-logout', {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: `logout_token=${await world.provider.logoutToken(claims)}`,
        })
      }
      return world
    },
    counts: {
      'strongroom_provider_logouts_total{channel="back",scope="session",reach="everywhere"}': 1,
      'strongroom_provider_logouts_refused_total{reason="aud"}': 1,
    },
  },
  'a refused refresh token': {
    happens: async () => {
      const world = await signedInTestBff({ accessTokenSeconds: 300 })
      world.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
      world.clock.advance(301)
      await world.browser.fetch('/api/notes')
      return world
    },
    counts: {
      'strongroom_refreshes_total{outcome="refresh-refused"}': 1,
      'strongroom_sessions_ended_total{cause="refresh-refused"}': 1,
    },
  },
  'a cookie from too long ago': {
    happens: async () => {
      const world = await signedInTestBff({ accessTokenSeconds: 300 })
      const old = world.browser.with(world.browser.cookies())
      world.clock.advance(301)
      await world.browser.fetch('/api/notes')
      await world.browser.fetch('/api/notes')
      world.clock.advance(61)
      await old.fetch('/api/notes')
      return world
    },
    counts: { strongroom_refresh_tokens_reused_total: 1 },
  },
  'vague refusals of many sessions': {
    happens: async () => {
      const world = await signedInTestBff({ accessTokenSeconds: 60 })
      const browsers = [1, 2, 3].map(() => world.browser.with(new Map()))
      for (const browser of browsers) await browser.navigate('/auth/login')
      world.provider.tokenAnswer = () =>
        Response.json({ error: 'invalid_request' }, { status: 400 })
      world.clock.advance(61)
      for (const browser of browsers) await browser.fetch('/api/notes')
      return world
    },
    counts: { strongroom_refusals_en_masse_total: 1 },
  },
  'a sign-out while the provider is down': {
    happens: async () => {
      const world = await signedInTestBff()
      world.internet.unplug(issuer)
      await world.browser.fetch('/auth/logout', { method: 'POST' })
      world.internet.host(issuer, (request) => world.provider.app.fetch(request))
      world.clock.advance(61)
      await world.bff.drainRevocations()
      return world
    },
    counts: {
      'strongroom_revocation_tries_failed_total{token="refresh"}': 1,
      'strongroom_revocation_tries_failed_total{token="access"}': 1,
      'strongroom_revocations_total{token="refresh",outcome="queued"}': 1,
      'strongroom_revocations_total{token="refresh",outcome="late_revoked"}': 1,
    },
  },
  'an outbox that is full': {
    happens: async () => ({ events: [{ name: 'revocations-overflow', waiting: 10_000 }] }),
    counts: { strongroom_revocations_overflowed_total: 1 },
  },
  'a provider and an API that are down': {
    happens: async () => {
      const world = await signedInTestBff()
      world.internet.unplug(apiUrl)
      await world.browser.fetch('/api/notes')
      const cold = await testBff()
      cold.internet.unplug(issuer)
      await cold.browser.navigate('/auth/login')
      return { events: [...world.events, ...cold.events] }
    },
    counts: {
      'strongroom_calls_failed_total{kind="upstream-unreachable"}': 1,
      strongroom_provider_unreachable_total: 1,
    },
  },
  'a browser that leaves, and a fault of our own': {
    happens: async () => {
      const world = await testBff()
      world.bff.app.get('/boom', () => {
        throw new Error('a surprise')
      })
      await world.browser.navigate('/auth/login')
      const leaving = new AbortController()
      world.api = (request) =>
        new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(new Error('left')))
          leaving.abort()
        })
      await world.browser.fetch('/api/notes', { signal: leaving.signal })
      await world.browser.fetch('/boom')
      return world
    },
    counts: { strongroom_clients_left_total: 1, strongroom_unexpected_errors_total: 1 },
  },
  'a grant that is connected, refreshed, broken and withdrawn': {
    happens: async () => {
      const world = await grantWorld()
      world.provider.authorizationAnswer = { error: 'access_denied' }
      await world.connect()
      world.provider.authorizationAnswer = null
      await world.connect()
      world.clock.advance(400)
      await world.runner.tokens.fresh(digestOf)
      world.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
      world.clock.advance(400)
      await world.runner.tokens.fresh(digestOf)
      await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })
      return world
    },
    counts: {
      'strongroom_grants_total{grant="digest",change="connected"}': 1,
      'strongroom_grants_total{grant="digest",change="broken_refused"}': 1,
      'strongroom_grants_total{grant="digest",change="withdrawn"}': 1,
      'strongroom_grant_refreshes_total{grant="digest",outcome="refreshed"}': 1,
      'strongroom_grant_refreshes_total{grant="digest",outcome="refresh-refused"}': 1,
      'strongroom_grant_connects_failed_total{kind="connect-refused"}': 1,
    },
  },
  'a courier that is gone': {
    happens: async () => ({ events: [{ name: 'courier-lost', detail: 'SIGKILL' }] }),
    counts: { strongroom_couriers_lost_total: 1 },
  },
  'a job that is done, and one that is asked for and refused': {
    happens: async () => {
      const world = await jobWorld({
        run: async ({ call }) => void (await expectOk(call('/notes'))),
      })
      world.wait(world.tonight)
      await world.run()
      world.api = () => new Response(null, { status: 403 })
      await world.browser.navigate('/auth/login')
      await world.browser.fetch('/auth/grants/digest/run', { method: 'POST' })
      await world.run()
      return world
    },
    counts: {
      'strongroom_job_runs_started_total{job="nightly-digest",started_by="schedule"}': 1,
      'strongroom_job_runs_started_total{job="nightly-digest",started_by="user"}': 1,
      'strongroom_job_runs_ended_total{job="nightly-digest",outcome="done"}': 1,
      'strongroom_job_runs_ended_total{job="nightly-digest",outcome="api-refused"}': 1,
    },
  },
  'a job that heeds no signal': {
    happens: async () => ({
      events: [{ name: 'job-run-abandoned', job: 'nightly-digest', run: 'a-run' }],
    }),
    counts: { 'strongroom_job_runs_abandoned_total{job="nightly-digest"}': 1 },
  },
  'large sessions': {
    happens: async () => {
      const world = await testBff()
      world.provider.idTokenClaims = { picture: 'x'.repeat(5300) }
      await world.browser.navigate('/auth/login')
      return world
    },
    counts: { strongroom_sessions_large_total: 1 },
  },
}

test.for(Object.entries(stories))('%s is counted', async ([, { happens, counts }]) => {
  const { events } = await happens()

  expect(await counted(events)).toMatchObject(counts)
})

test('every metric of the catalogue is counted in one of these stories', () => {
  const told = Object.values(stories).flatMap(({ counts }) => Object.keys(counts))
  const names = new Set(told.map((series) => series.replace(/(_count|_bucket)?(\{.*)?$/, '')))

  // The gauge has a test of its own.
  expect(new Set([...names, 'strongroom_store_reachable'])).toEqual(new Set(Object.keys(metrics)))
})

test('the store is unreachable when it has failed three times, and reachable when it answers again', async () => {
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  let down = true
  const get = (name: string) =>
    down ? Promise.reject(new Error('ECONNREFUSED')) : store.keyValue.get(name)
  const flaky: Store = { ...store, keyValue: { ...store.keyValue, get } }
  const { browser, clock, events } = await signedInTestBff({
    session: { secrets: [secret], mode: 'server' },
    store: flaky,
  })

  for (const _ of [1, 2, 3]) await browser.fetch('/api/notes')
  const during = await counted(events)
  down = false
  clock.advance(2)
  await browser.fetch('/api/notes')

  expect(during['strongroom_store_reachable']).toBeUndefined()
  expect((await counted(events))['strongroom_store_reachable']).toBe(1)
})

test('no label holds anything of a user’s, and none grows without end', async () => {
  const telemetry = await prometheusTelemetry()
  for (let at = 0; at < 1000; at += 1) {
    telemetry.record({ name: 'sign-in-failed', kind: `kind-${at}`, detail: 'ada', requestId: 'r' })
  }

  const text = await telemetry.exposition()
  const series = Object.entries(seriesIn(text)).filter(([name]) => name.includes('{'))

  expect(series).toHaveLength(201)
  expect(Object.fromEntries(series)['strongroom_sign_ins_failed_total{kind="other"}']).toBe(800)
  expect(text).not.toContain('ada')
})

test('an operator reads the metrics on a port of their own, and nothing else is there', async () => {
  const telemetry = await prometheusTelemetry()
  telemetry.record({ name: 'signed-in', sid: 'the-sid', sub: 'ada', cookieBytes: 1000 })
  const server = metricsListener(telemetry).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const answer = await fetch(`${origin}/metrics`)
  const text = await answer.text()
  const elsewhere = await fetch(`${origin}/auth/session`)
  const written = await fetch(`${origin}/metrics`, { method: 'POST', body: 'x' })

  expect(answer.headers.get('Content-Type')).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(text).toMatch(/^# TYPE strongroom_sessions_started_total counter$/m)
  expect(text).toMatch(/^strongroom_sessions_started_total 1$/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
  expect(text).not.toMatch(/the-sid|ada/)
  expect([elsewhere.status, written.status]).toEqual([404, 405])
})

const hosts: readonly [host: string, status: number][] = [
  ['127.0.0.1', 200],
  ['127.0.0.1:9464', 200],
  ['localhost:9464', 200],
  ['strongroom.localhost', 200],
  ['[::1]:9464', 200],
  ['evil.example', 421],
  ['evil.example:9464', 421],
  ['127.0.0.1.evil.example', 421],
  ['localhost.evil.example:9464', 421],
  ['evil.example/localhost', 421],
  ['10.0.0.1', 421],
]

test.for(hosts)('on the loopback, metrics asked of %s answer %i', async ([host, status]) => {
  const server = metricsListener(await prometheusTelemetry()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const answer = await rawHttp(port, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`)

  expect(answer.status).toBe(status)
  expect(answer.body.includes('strongroom_')).toBe(status === 200)
})

/** Every series of our own that is not zero. */
async function counted(events: readonly Signal[]): Promise<Readonly<Record<string, number>>> {
  const telemetry = await prometheusTelemetry()
  for (const event of events) (telemetry.measure as (signal: Signal) => void)(event)
  return seriesIn(await telemetry.exposition())
}

function seriesIn(text: string): Readonly<Record<string, number>> {
  const lines = [...text.matchAll(/^(strongroom_\S+) (\d+)$/gm)]
  return Object.fromEntries(
    lines
      .map(([, series = '', value]) => [series, Number(value)] as const)
      .filter(([, value]) => value > 0),
  )
}

test('our own share of a call is told without the upstream’s', async () => {
  const { events, telemetry } = keeping()
  const world = await signedInTestBff({ telemetry })
  const now = performance.now.bind(performance)
  let later = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now() + later)
  world.api = () => {
    later += 60_000
    return new Response('ok')
  }

  await world.browser.fetch('/api/notes')

  const [call] = events.filter((signal) => signal.name === 'call-answered')
  expect(call?.upstreamSeconds).toBeGreaterThanOrEqual(60)
  expect(call?.ownSeconds).toBeGreaterThan(0)
  expect(call?.ownSeconds).toBeLessThan(30)
})

test('an event stream of an API counts for as long as it is open', async () => {
  const { events, telemetry } = keeping()
  const { origin, headers } = await servedBff(
    (_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n')
    },
    { bff: { telemetry } },
  )
  const open = async () => (await counted(events))['strongroom_streams_open{kind="upstream"}'] ?? 0
  const leaving = new AbortController()

  await fetch(`${origin}/api/news`, { headers, signal: leaving.signal })
  const during = await open()
  leaving.abort()

  expect(during).toBe(1)
  await expect.poll(open).toBe(0)
})

test('a breaker is told while it is open', async () => {
  const { events, telemetry } = keeping()
  const store = memoryStore({ now: () => 0, milliseconds: () => 0 })
  let down = true
  const get = (name: string) =>
    down ? Promise.reject(new Error('ECONNREFUSED')) : store.keyValue.get(name)
  const { browser, clock } = await signedInTestBff({
    session: { secrets: [secret], mode: 'server' },
    store: { ...store, keyValue: { ...store.keyValue, get } },
    telemetry,
  })
  const open = async () =>
    (await counted(events))['strongroom_breaker_open{breaker="store_reading"}']

  for (const _ of [1, 2, 3]) await browser.fetch('/api/notes')
  const during = await open()
  down = false
  clock.advance(2)
  await browser.fetch('/api/notes')

  expect([during, await open()]).toEqual([1, undefined])
})

test('where nobody counts, nothing is measured', async () => {
  const now = vi.spyOn(performance, 'now')
  const { browser } = await signedInTestBff()
  now.mockClear()

  await browser.fetch('/api/notes')

  expect(now).not.toHaveBeenCalled()
})

test('what is served is what the catalogue has, and nothing else of ours', async () => {
  const text = await (await prometheusTelemetry()).exposition()

  const served = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name)
  expect(new Set(served.filter((name) => !/^(process|nodejs)_/.test(name)))).toEqual(
    new Set(Object.keys(metrics)),
  )
})

test('keys that went out of use are not told of any more', async () => {
  const telemetry = await prometheusTelemetry()

  telemetry.record({ name: 'keys-in-use', keys: ['the-new', 'the-old'] })
  telemetry.record({ name: 'keys-in-use', keys: ['the-new'] })

  const text = await telemetry.exposition()
  expect(text).toContain('strongroom_keys_in_use{key="the-new",seals="true"} 1')
  expect(text).not.toContain('the-old')
})
