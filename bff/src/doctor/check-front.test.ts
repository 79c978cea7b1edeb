import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { examined, healthy } from '../testing/examined.ts'
import { startBff } from '../testing/own-process.ts'
import { checkFront } from './check-front.ts'

interface ProxyHabits {
  readonly headBytes?: number
  request?(headers: IncomingHttpHeaders): void
  answer?(headers: IncomingHttpHeaders): void
}

/** A real proxy before a real server that trusts it. */
async function behindProxy(habits: ProxyHabits = {}) {
  const { env } = await healthy()
  const target = await startBff({ ...env, PORT: '0', TRUSTED_PROXIES: '127.0.0.1' }).address
  const proxy = createServer(
    { maxHeaderSize: habits.headBytes ?? 64_000 },
    (incoming, outgoing) => {
      const headers = { ...incoming.headers, 'x-forwarded-for': incoming.socket.remoteAddress }
      habits.request?.(headers)
      const sent = request(
        target + incoming.url,
        { method: incoming.method, headers },
        (answer) => {
          habits.answer?.(answer.headers)
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(outgoing)
        },
      )
      incoming.pipe(sent)
    },
  )
  proxy.listen(0, '127.0.0.1')
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  await once(proxy, 'listening')
  const url = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
  const settings = { ...env, PUBLIC_URL: url.origin, PORT: url.port, TRUSTED_PROXIES: '127.0.0.1' }
  return examined(settings, { more: [checkFront(url)] })
}

test('a proxy that lets everything through is well, and is believed', async () => {
  const { findings, of } = await behindProxy()

  const front = findings.filter(({ id }) => id.startsWith('front.'))
  expect(front.filter(({ level }) => level === 'fault' || level === 'warning')).toEqual([])
  expect(of('front.request-id')?.level).toBe('ok')
  expect(of('front.large-cookies')?.level).toBe('ok')
})

test('a proxy that refuses large cookies', async () => {
  const { of } = await behindProxy({ headBytes: 8192 })

  expect(of('front.large-cookies')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('(status 431)'),
    cure: expect.stringContaining('large_client_header_buffers'),
  })
})

test('a proxy that takes the header of calls away', async () => {
  const { of } = await behindProxy({ request: (headers) => delete headers['x-csrf'] })

  expect(of('front.csrf-header')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('answered with 403'),
  })
})

test('a proxy that keeps answers', async () => {
  const { of } = await behindProxy({
    answer: (headers) => {
      headers['cache-control'] = 'public, max-age=60'
    },
  })

  expect(of('front.cached')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining('keep nothing below /auth and /api'),
  })
})

test('a proxy that names requests itself leaves open whether it is believed', async () => {
  const { of } = await behindProxy({
    request: (headers) => {
      headers['x-request-id'] = 'a-name-of-the-proxy'
    },
  })

  expect(of('front.request-id')?.level).toBe('note')
})

test('what is no Strongroom', async () => {
  const { env } = await healthy()

  const { of } = await examined(env, { more: [checkFront(new URL(env['API_UPSTREAM'] ?? ''))] })

  expect(of('front.reachable')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('is no Strongroom'),
  })
})
