import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { issuer, publicUrl, secret, signedInTestBff } from '../testing/test-bff.ts'

const megabyte = 1_000_000
const uploadBytes = 300 * megabyte
const downloadBytes = 200 * megabyte

/** Lets the process say how much memory it has, without anything of it being in the server's own code. */
const tellsItsMemory = `data:text/javascript,${encodeURIComponent(
  "process.on('message', () => process.send(process.memoryUsage.rss()))",
)}`

/** The real server in a process of its own, so that nothing but a server is measured. */
async function serverBefore(upstreamUrl: string) {
  const child = fork(new URL('../main.ts', import.meta.url), {
    execArgv: ['--import', tellsItsMemory],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PORT: '0',
      PUBLIC_URL: publicUrl,
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'app',
      OIDC_CLIENT_SECRET: 'a secret of the client',
      SESSION_SECRET: secret,
      STORE_URL: 'memory:',
      SPA_DIR: '',
      API_UPSTREAM: upstreamUrl,
    },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const address = child.stdout ? await addressIn(createInterface(child.stdout)) : ''
  return {
    address,
    async memory(): Promise<number> {
      child.send('?')
      const [bytes] = (await once(child, 'message')) as [number]
      return bytes
    },
  }
}

async function addressIn(log: AsyncIterable<string>): Promise<string> {
  for await (const line of log) {
    const { name, address } = JSON.parse(line) as { name: string; address: string }
    if (name === 'listening') return address
  }
  throw new Error('the server has ended')
}

/** Reads more slowly than it could be sent to, so that whoever does not wait for it fills memory. */
async function readSlowly(body: IncomingMessage, every10Megabytes = async () => {}) {
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const before = Math.floor(bytes / (10 * megabyte))
    bytes += chunk.byteLength
    if (Math.floor(bytes / (10 * megabyte)) > before) await every10Megabytes()
    await setImmediate()
  }
  return bytes
}

async function sendAll(to: Writable, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(megabyte / 10)
  for (let sent = 0; sent < bytes; sent += chunk.byteLength) {
    if (!to.write(chunk)) await once(to, 'drain')
  }
  to.end()
}

test('a large body goes up and another comes down at flat memory', async () => {
  const upstream = createServer((request, response) => {
    void readSlowly(request).then((bytes) => {
      response.setHeader('X-Bytes', bytes)
      return sendAll(response, downloadBytes)
    })
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  onTestFinished(() => void upstream.close())
  const { port } = upstream.address() as AddressInfo
  // A session in a cookie is good for every server with the same secret.
  const { browser } = await signedInTestBff()
  const cookie = [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`).join('; ')
  const { address, memory } = await serverBefore(`http://127.0.0.1:${port}`)
  const headers = { Cookie: cookie, 'X-CSRF': '1' }
  const before = await memory()

  const request = httpRequest(`${address}/api/upload`, { method: 'POST', headers })
  const answering = once(request, 'response') as Promise<[IncomingMessage]>
  await sendAll(request, uploadBytes)
  const [answer] = await answering
  const afterUpload = await memory()
  let highest = 0
  const received = await readSlowly(answer, async () => {
    highest = Math.max(highest, await memory())
  })

  expect([Number(answer.headers['x-bytes']), received]).toEqual([uploadBytes, downloadBytes])
  expect(afterUpload - before).toBeLessThan(120 * megabyte)
  expect(highest - before).toBeLessThan(120 * megabyte)
}, 120_000)
