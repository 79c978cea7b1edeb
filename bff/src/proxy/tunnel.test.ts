import { duplexPair, type Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { tunnel } from './tunnel.ts'
import { closeFrame } from './websocket-frames.ts'

/** A tunnel whose two far ends are in our hands. */
function openTunnel() {
  const [browser, browserEnd] = duplexPair()
  const [upstream, upstreamEnd] = duplexPair()
  let ended = 0
  const open = tunnel(browser, upstream, 1, () => (ended += 1))
  return { open, browserEnd, upstreamEnd, ended: () => ended }
}

async function allOf(end: Duplex): Promise<Buffer> {
  return Buffer.concat(await end.toArray())
}

test('bytes go both ways, and an end that leaves takes the other along', async () => {
  const { browserEnd, upstreamEnd, ended } = openTunnel()

  browserEnd.write('up')
  upstreamEnd.write('down')
  const [up] = await upstreamEnd.take(1).toArray()
  const [down] = await browserEnd.take(1).toArray()
  browserEnd.destroy()

  expect([String(up), String(down)]).toEqual(['up', 'down'])
  await expect.poll(ended).toBe(1)
})

test('the close frame waits for the end of the message that is under way', async () => {
  const { open, browserEnd, upstreamEnd } = openTunnel()
  const heard = allOf(browserEnd)
  const head = Buffer.from([0x82, 126, 0x03, 0xe8])

  upstreamEnd.write(Buffer.concat([head, Buffer.alloc(400)]))
  await setImmediate()
  open.close(4401, 'session ended')
  upstreamEnd.write(Buffer.alloc(600))

  expect(await heard).toEqual(
    Buffer.concat([head, Buffer.alloc(1000), closeFrame(4401, 'session ended')]),
  )
})

test('what the browser says after the session is over does not reach the API', async () => {
  const { open, browserEnd, upstreamEnd } = openTunnel()
  const heard = allOf(upstreamEnd).catch(() => Buffer.alloc(0))

  open.close(4401, 'session ended')
  browserEnd.write('too late')

  expect(String(await heard)).toBe('')
})
