import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { context, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'
import { watchedWorld } from '../testing/watched-world.ts'
import { logTelemetry } from './telemetry.ts'
import { presentTracing } from './tracing.ts'

const exporter = new InMemorySpanExporter()

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
})
beforeEach(() => exporter.reset())
afterAll(() => {
  trace.disable()
  context.disable()
})

const stranger = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'v=1' }

function spanNamed(name: string): ReadableSpan {
  const found = exporter.getFinishedSpans().filter((span) => span.name === name)
  expect(found, name).toHaveLength(1)
  return found[0] as ReadableSpan
}

const traceOf = (span: ReadableSpan) => span.spanContext().traceId
const idOf = (span: ReadableSpan) => span.spanContext().spanId
const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId

function askedFrom(peer: string, world: TestBff, headers: Record<string, string>) {
  const incoming = { socket: { remoteAddress: peer }, headers }
  const from = { incoming, outgoing: {} } as never
  return world.bff.app.request('/healthz', { headers }, from)
}

test('a call is a span of the server’s with one for the upstream below it, which the upstream hears of', async () => {
  const { browser, apiCalls } = await signedInTestBff()
  exporter.reset()

  await browser.fetch('/api/notes?q=secret-question')

  const server = spanNamed('GET /api/*')
  const client = spanNamed('GET')
  expect(server.kind).toBe(SpanKind.SERVER)
  expect(server.attributes).toEqual({
    'http.request.method': 'GET',
    'http.route': '/api/*',
    'http.response.status_code': 200,
  })
  expect(client.kind).toBe(SpanKind.CLIENT)
  expect(client.attributes).toEqual({
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'server.address': 'api.example.org',
    'server.port': 443,
  })
  expect(parentOf(client)).toBe(idOf(server))
  expect(apiCalls[0]?.headers.get('traceparent')).toBe(`00-${traceOf(server)}-${idOf(client)}-01`)
})

test('a call that fails says how', async () => {
  const world = await signedInTestBff()
  world.api = () => {
    throw new TypeError('connect')
  }
  exporter.reset()

  await world.browser.fetch('/api/notes')

  expect(spanNamed('GET').attributes).toMatchObject({ 'error.type': 'upstream-unreachable' })
  expect(spanNamed('GET /api/*').attributes).toMatchObject({
    'error.type': 'upstream-unreachable',
    'http.response.status_code': 502,
  })
})

test('what the caller does wrong is no error of the server’s', async () => {
  const { browser } = await signedInTestBff()
  exporter.reset()

  await browser.navigate('/api/notes')

  const { attributes } = spanNamed('GET /api/*')
  expect(attributes['http.response.status_code']).toBe(403)
  expect(attributes).not.toHaveProperty('error.type')
})

test('a sign-in shows each request to the provider, by its endpoint, and the provider hears of it', async () => {
  const world = await testBff()
  const asked: Request[] = []
  world.internet.host('https://id.example.net', (request) => {
    asked.push(request.clone())
    return world.provider.app.fetch(request)
  })

  await world.browser.navigate('/auth/login')

  const login = spanNamed('GET /auth/login')
  const callback = spanNamed('GET /auth/callback')
  const token = spanNamed('POST token')
  expect(parentOf(spanNamed('GET discovery'))).toBe(idOf(login))
  expect(parentOf(token)).toBe(idOf(callback))
  expect(parentOf(spanNamed('GET keys'))).toBe(idOf(callback))
  expect(token.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.response.status_code': 200,
    'server.address': 'id.example.net',
    'strongroom.provider.endpoint': 'token',
  })
  const heard = asked.find((request) => request.method === 'POST')?.headers.get('traceparent')
  expect(heard).toBe(`00-${traceOf(token)}-${idOf(token)}-01`)
})

test('a refresh is a span under the call that began it, and whoever waits for it has a link to it', async () => {
  const { browser, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  clock.advance(61)
  exporter.reset()

  await Promise.all([browser.fetch('/api/notes'), browser.fetch('/api/notes')])

  const refresh = spanNamed('session refresh')
  const calls = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.SERVER)
  const begun = calls.find((call) => idOf(call) === parentOf(refresh))
  const waited = calls.find((call) => call !== begun)
  expect(parentOf(spanNamed('POST token'))).toBe(idOf(refresh))
  expect(begun?.links).toEqual([])
  expect(waited?.links.map((link) => link.context.spanId)).toEqual([idOf(refresh)])
})

test('a trusted proxy’s trace goes on here, with what it says of itself; a stranger’s does not', async () => {
  const world = await testBff({ trustedProxies: ['10.0.0.0/8'] })

  await askedFrom('10.1.2.3', world, stranger)
  const trusted = spanNamed('GET /healthz')
  exporter.reset()
  await askedFrom('203.0.113.7', world, stranger)
  const other = spanNamed('GET /healthz')

  expect([traceOf(trusted), parentOf(trusted)]).toEqual(['a'.repeat(32), 'b'.repeat(16)])
  expect(trusted.spanContext().traceState?.serialize()).toBe('v=1')
  expect(traceOf(other)).not.toBe('a'.repeat(32))
  expect(parentOf(other)).toBeUndefined()
})

test('no span holds a query, a cookie, a code or a token', async () => {
  const { browser, provider, clock, search } = await watchedWorld()
  provider.accessTokenSeconds = 60
  await browser.navigate('/auth/login?return_to=/notes')
  await browser.fetch('/api/notes?q=secret-question')
  clock.advance(61)
  await browser.fetch('/api/notes')
  await browser.fetch('/auth/sessions/a-name-in-a-path', { method: 'DELETE' })
  await browser.fetch('/auth/logout', { method: 'POST' })

  const spans = exporter.getFinishedSpans()
  const told = JSON.stringify(
    spans.map(({ name, attributes, events, links, status }) => [
      name,
      attributes,
      events,
      links.map((link) => link.attributes),
      status,
    ]),
  )
  expect(spans.length).toBeGreaterThan(8)
  expect(search.known.size).toBeGreaterThan(6)
  expect(search.foundIn(told)).toEqual([])
  expect(told).not.toMatch(/secret-question|a-name-in-a-path|return_to|\?/)
})

test('a line of the log names the trace of its request', async () => {
  const lines: string[] = []
  const telemetry = logTelemetry('debug', { write: (line) => void lines.push(line) })
  const { browser } = await testBff({ telemetry })

  await browser.navigate('/auth/login')

  const line = lines.map((text) => JSON.parse(text) as Record<string, string>)
  const signedIn = line.find(({ name }) => name === 'signed-in')
  expect(signedIn?.['traceId']).toBe(traceOf(spanNamed('GET /auth/callback')))
})

test('without an SDK there is no tracing, and nothing of OpenTelemetry is loaded', () => {
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks({ resolve: (name, at, next) => (console.log(name), next(name, at)) })
    const { presentTracing } = await import('./tracing.ts')
    console.log('tracing:', presentTracing())
    globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0', trace: { getTracer: () => ({}) } }
    console.log('with an SDK:', presentTracing() !== null)
  `
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const flags = ['--input-type=module', '--eval', program]

  const { stdout } = spawnSync(process.execPath, flags, { cwd, encoding: 'utf8' })

  const [before = '', after = ''] = stdout.split('tracing: null')
  expect(before).toContain('./trace-context.ts')
  expect(before).not.toContain('opentelemetry')
  expect(after).toContain('with an SDK: true')
  expect(presentTracing()).not.toBeNull()
})
