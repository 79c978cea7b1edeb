import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { newAuthority } from '../testing/certificates.ts'
import { overSockets } from '../testing/over-sockets.ts'
import { publicUrl } from '../testing/test-bff.ts'

/** An API behind https that would rather speak HTTP/2, as most load balancers would. */
async function beforeNewerApi() {
  const authority = await newAuthority()
  const trusted = getCACertificates()
  setDefaultCACertificates([...trusted, authority.pem])
  onTestFinished(() => setDefaultCACertificates(trusted))
  const issued = await authority.issue({ name: 'localhost', days: 1 })
  const versions = new Set<string>()
  const api = createSecureServer({ ...issued, allowHTTP1: true }, (request, response) => {
    versions.add(request.httpVersion)
    request.resume().on('end', () => response.end(request.method))
  })
  const live = new WebSocketServer({ server: api as never })
  live.on('connection', (socket) => socket.send('live'))
  await once(api.listen(0), 'listening')
  onTestFinished(() => {
    live.close()
    api.close()
  })
  const { port } = api.address() as AddressInfo
  const target = `https://localhost:${port}`
  const upstreams = [{ prefix: '/api', target }] as const
  return { ...(await overSockets(() => {}, {}, { bff: { upstreams } })), versions }
}

test('an API that offers HTTP/2 is spoken to in HTTP/1.1, many calls at once', async () => {
  const { ask, versions } = await beforeNewerApi()

  const answers = await Promise.all([
    ...Array.from({ length: 8 }, () => ask('/api/notes')),
    ...Array.from({ length: 8 }, () => ask('/api/notes', { method: 'POST' }, 'a note')),
  ])

  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200))
  expect([...versions]).toEqual(['1.1'])
})

test('its WebSockets open, too', async () => {
  const { port, headers } = await beforeNewerApi()

  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/live`, {
    headers: { ...headers, Origin: publicUrl },
  })
  onTestFinished(() => socket.terminate())
  const [message] = await once(socket, 'message')

  expect(String(message)).toBe('live')
})
