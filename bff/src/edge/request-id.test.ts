import { expect, test } from 'vitest'
import { logTelemetry } from '../observability/telemetry.ts'
import { issuer, signedInTestBff, testBff } from '../testing/test-bff.ts'

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** How a request is named that comes from an address and brings a name of its own. */
async function nameOf(given: string, peer: string | undefined): Promise<string | null> {
  const { bff } = await testBff({ trustedProxies: ['10.0.0.0/8'] })
  const from =
    peer === undefined
      ? {}
      : {
          incoming: { socket: { remoteAddress: peer }, headers: { 'x-request-id': given } },
          outgoing: {},
        }
  const answer = await bff.app.request('/healthz', { headers: { 'X-Request-Id': given } }, from)
  return answer.headers.get('X-Request-Id')
}

test('a request keeps the name that a trusted proxy has given it', async () => {
  expect(await nameOf('from-the-proxy', '10.1.2.3')).toBe('from-the-proxy')
  expect(await nameOf('from-the-proxy', '::ffff:10.1.2.3')).toBe('from-the-proxy')
})

test.for([
  ['a stranger', '203.0.113.7'],
  ['nobody knows whom', undefined],
] as const)('a request from %s gets a name of ours', async ([, peer]) => {
  expect(await nameOf('that-of-another', peer)).toMatch(uuid)
})

test.for(['', 'a b', '<script>', 'x'.repeat(256)])(
  'a name that might break a log, a page or a header is not taken from a proxy either: %j',
  async (given) => {
    expect(await nameOf(given, '10.1.2.3')).toMatch(uuid)
  },
)

test('a stranger’s name reaches neither the log nor the page nor the API', async () => {
  const { browser, apiCalls, events } = await testBff()
  const headers = { 'X-Request-Id': 'that-of-another' }
  await browser.navigate('/auth/login')

  await browser.fetch('/api/notes', { headers })
  const { response } = await browser.navigate('/auth/callback?code=x&state=y', {
    headers,
    fromElsewhere: true,
  })

  expect(apiCalls.map((call) => call.headers.get('X-Request-Id'))).toEqual([
    expect.stringMatching(uuid),
  ])
  expect(await response.text()).not.toContain('that-of-another')
  expect(JSON.stringify(events)).not.toContain('that-of-another')
})

const theirs = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`, tracestate: 'v=1' }

/** What the API hears of the trace of a call that comes from an address. */
async function traceOf(peer: string, headers: Record<string, string>) {
  const world = await signedInTestBff({ trustedProxies: ['10.0.0.0/8'] })
  const cookie = [...world.browser.cookies()].map(([name, { value }]) => `${name}=${value}`)
  const sent = { ...headers, 'x-csrf': '1', cookie: cookie.join('; ') }
  const incoming = { socket: { remoteAddress: peer }, headers: sent, url: '/api/notes' }
  await world.bff.app.request('/api/notes', { headers: sent }, { incoming })
  const [call] = world.apiCalls
  return {
    traceparent: call?.headers.get('traceparent') ?? '',
    tracestate: call?.headers.get('tracestate'),
    requestId: call?.headers.get('x-request-id') ?? '',
  }
}

test('the API hears of a trusted proxy’s trace, with a span of ours in the place of the proxy’s', async () => {
  const { traceparent, tracestate } = await traceOf('10.1.2.3', theirs)

  expect(traceparent).toMatch(/^00-a{32}-[\da-f]{16}-00$/)
  expect(traceparent).not.toContain('b'.repeat(16))
  expect(tracestate).toBe('v=1')
})

test('a stranger’s trace ends here: another begins, named like the request', async () => {
  const { traceparent, tracestate, requestId } = await traceOf('203.0.113.7', theirs)

  expect(traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
  expect(traceparent.slice(3, 35)).toBe(requestId.replaceAll('-', ''))
  expect(tracestate).toBeNull()
})

test('the provider hears of the trace, and nothing of what tracing systems say to one another', async () => {
  const world = await testBff()
  const asked: Request[] = []
  world.internet.host(issuer, (request) => {
    asked.push(request.clone())
    return world.provider.app.fetch(request)
  })

  await world.browser.navigate('/auth/login', { headers: theirs })

  const requests = asked.filter(({ url }) => !url.includes('/authorize'))
  expect(requests.length).toBeGreaterThan(2)
  for (const { headers } of requests) {
    expect(headers.get('traceparent')).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
    expect(headers.get('traceparent')).not.toContain('a'.repeat(32))
    expect(headers.get('tracestate')).toBeNull()
  }
})

test('a line of the log bears the names of the request and of its trace', async () => {
  const lines: string[] = []
  const telemetry = logTelemetry('info', { write: (line) => void lines.push(line) })
  const { browser } = await testBff({ telemetry })

  const { response } = await browser.navigate('/auth/login')
  await browser.fetch('/auth/logout', { method: 'POST' })

  const told = lines.map((line) => JSON.parse(line) as Record<string, string>)
  const [signedIn, signedOut] = ['signed-in', 'signed-out'].map((name) =>
    told.find((line) => line['name'] === name),
  )
  for (const line of [signedIn, signedOut]) {
    expect(line?.['requestId']).toMatch(uuid)
    expect(line?.['traceId']).toBe(line?.['requestId']?.replaceAll('-', ''))
  }
  expect(signedIn?.['traceId']).not.toBe(signedOut?.['traceId'])
  expect(told.find(({ name }) => name === 'keys-in-use')).not.toHaveProperty('traceId')
  expect(response.headers.get('X-Request-Id')).toMatch(uuid)
})

test('what goes on in the background bears the name of the request that began it', async () => {
  const lines: string[] = []
  const telemetry = logTelemetry('debug', { write: (line) => void lines.push(line) })
  const { browser, clock } = await signedInTestBff({ telemetry, accessTokenSeconds: 300 })
  clock.advance(250)

  const answer = await browser.fetch('/api/notes')
  await expect.poll(() => lines.some((line) => line.includes('"refreshed"'))).toBe(true)

  const line = lines.find((line) => line.includes('"refreshed"')) ?? '{}'
  expect(JSON.parse(line)).toMatchObject({ requestId: answer.headers.get('X-Request-Id') })
})
