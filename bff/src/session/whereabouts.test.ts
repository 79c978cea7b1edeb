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
