import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import { apiUrl, signedInTestBff } from '../testing/test-bff.ts'

/** What a call without the header that only script can set gets, at an API that is there for EventSource and images. */
async function overSimpleGets(simpleGet = true) {
  const { open, headers } = await overSockets((_, response) => response.end('ok'), { simpleGet })
  return async (method: string, more: Record<string, string>) => {
    const request = open('/api/picture', { method, headers: { ...more, Cookie: headers.Cookie } })
    request.removeHeader('X-CSRF')
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
    await text(response)
    return response.statusCode
  }
}

const lies = { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' }

const senders: readonly [string, Record<string, string>, number][] = [
  ['our own page', { 'Sec-Fetch-Site': 'same-origin' }, 200],
  ['another’s page that lies about one of the two', lies, 403],
  ['a sibling’s page', { 'Sec-Fetch-Site': 'same-site' }, 403],
  ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
  ['the address bar', { 'Sec-Fetch-Site': 'none' }, 403],
  ['somebody who does not say', {}, 403],
]

test.for(senders)(
  'an EventSource or image of %s, which says %o, gets %i where simpleGet is set',
  async ([, headers, status]) => {
    const simpleCall = await overSimpleGets()

    expect([await simpleCall('GET', headers), await simpleCall('HEAD', headers)]).toEqual([
      status,
      status,
    ])
  },
)

test.for(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
  '%s needs the header where simpleGet is set, whoever the browser says it is from',
  async (method) => {
    const simpleCall = await overSimpleGets()

    expect(await simpleCall(method, { 'Sec-Fetch-Site': 'same-origin' })).toBe(403)
  },
)

test('without simpleGet even a GET of our own page needs the header', async () => {
  const simpleCall = await overSimpleGets(false)

  expect(await simpleCall('GET', { 'Sec-Fetch-Site': 'same-origin' })).toBe(403)
})

const rows = [
  { prefix: '/api', target: `${apiUrl}/v1` },
  { prefix: '/api/open', target: `${apiUrl}/open`, token: 'none' },
  { prefix: '/api/open/mine', target: `${apiUrl}/mine`, token: 'if-signed-in' },
] as const

test('each row says whether the token goes along, and the longest prefix that fits wins', async () => {
  const { browser, apiCalls } = await signedInTestBff({ upstreams: rows })
  const stranger = browser.with(new Map())
  const paths = ['/api/x', '/api/open/x', '/api/open/mine/x', '/api/openly']

  const mine = []
  for (const path of paths) mine.push((await browser.fetch(path)).status)
  const theirs = []
  for (const path of paths) theirs.push((await stranger.fetch(path)).status)

  expect(mine).toEqual([200, 200, 200, 200])
  expect(theirs).toEqual([401, 200, 200, 401])
  expect(
    apiCalls.map(({ url, headers }) => [new URL(url).pathname, headers.has('authorization')]),
  ).toEqual([
    ['/v1/x', true],
    ['/open/x', false],
    ['/mine/x', true],
    ['/v1/openly', true],
    ['/open/x', false],
    ['/mine/x', false],
  ])
})
