import { expect, test } from 'vitest'
import { testBff } from '../testing/test-bff.ts'

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
