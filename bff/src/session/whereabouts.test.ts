import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { proxyTrust } from '../base/proxy-trust.ts'
import { whereabouts } from './whereabouts.ts'

const addresses: readonly [forwarded: string, shown: string | null][] = [
  ['203.0.113.7', '203.0.113.x'],
  ['203.0.113.7:49152', '203.0.113.x'],
  ['::ffff:203.0.113.7', '203.0.113.x'],
  ['2001:db8:1:2::7', '2001:db8:1:…'],
  ['[2001:db8:1:2::7]:49152', '2001:db8:1:…'],
  ['unknown', null],
]

test.for(addresses)('of %s the list of sessions shows %s', async ([forwarded, shown]) => {
  const proxies = proxyTrust(['10.0.0.0/8'])
  const app = new Hono().get('/', (c) => c.json(whereabouts(c, proxies)))
  const peer = { incoming: { socket: { remoteAddress: '10.0.0.1' } }, outgoing: {} }

  const answer = await app.request('/', { headers: { 'X-Forwarded-For': forwarded } }, peer)

  expect(await answer.json()).toMatchObject({ address: shown })
})

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'

test('each session is shown with its own browser and device, however often they take turns', async () => {
  const app = new Hono().get('/', (c) => c.json(whereabouts(c, proxyTrust([]))))
  const shown = async (agent: string) =>
    (await app.request('/', { headers: { 'User-Agent': agent } })).json()

  const turns = [await shown(firefox), await shown(safari), await shown(firefox)]

  const onLinux = { browser: 'Firefox', device: 'desktop, Linux', address: null }
  const onPhone = { browser: 'Safari', device: 'iPhone, iOS', address: null }
  expect(turns).toEqual([onLinux, onPhone, onLinux])
})

test('what calls itself by an endless name is told by its beginning', async () => {
  const app = new Hono().get('/', (c) => c.json(whereabouts(c, proxyTrust([]))))
  const headers = { 'User-Agent': firefox + ' x'.repeat(10_000) }

  const answer = await app.request('/', { headers })

  expect(await answer.json()).toMatchObject({ browser: 'Firefox' })
})
