import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { serve } from '@hono/node-server'
import { onTestFinished, vi } from 'vitest'
import type { UpstreamOptions } from '../options/options.ts'
import { isWebSocket, serveWebSockets } from '../web-sockets.ts'
import { issuer, signedInTestBff } from './test-bff.ts'

export type Api = (request: IncomingMessage, response: ServerResponse) => unknown

/** A BFF on a socket, in front of an API on another. Only the provider is reached without one. */
export async function overSockets(
  api: Api | Server,
  options: Omit<Partial<UpstreamOptions>, 'target'> = {},
) {
  const upstream = typeof api === 'function' ? createServer((...call) => void api(...call)) : api
  const upstreamPort = await listen(upstream)
  const realFetch = fetch
  // As the runtime's own: a fetch that is given as an option would be used for the API too.
  vi.stubGlobal('fetch', ((input, init) =>
    new URL(input instanceof Request ? input.url : input).origin === issuer
      ? provider.fetch(new Request(input, init))
      : realFetch(input, init)) satisfies typeof fetch)
  const world = await signedInTestBff({
    upstreams: [{ prefix: '/api', target: `http://127.0.0.1:${upstreamPort}/v1`, ...options }],
    fetch,
  })
  const provider = { fetch: async (request: Request) => world.provider.app.fetch(request) }
  await world.browser.navigate('/auth/login')
  const server = serve({
    fetch: world.bff.app.fetch,
    port: 0,
    hostname: '127.0.0.1',
    overrideGlobalObjects: false,
    serverOptions: { shouldUpgradeCallback: isWebSocket },
  })
  serveWebSockets(server as HttpServer, world.bff.app)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const listening of [server, upstream]) {
      listening.close()
      if ('closeAllConnections' in listening) listening.closeAllConnections()
    }
  })
  const { port } = server.address() as AddressInfo
  const cookie = [...world.browser.cookies()]
    .map(([name, { value }]) => `${name}=${value}`)
    .join('; ')
  const headers = { Cookie: cookie, 'X-CSRF': '1' }

  /** A request of which every byte is ours. */
  function open(path: string, init: RequestOptions = {}) {
    const all = { ...headers, ...(init.headers as Record<string, string>) }
    return httpRequest({ port, host: '127.0.0.1', path, ...init, headers: all })
  }
  async function ask(path: string, init: RequestOptions = {}, body?: string) {
    const request = open(path, init).end(body)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return { status: response.statusCode, headers: response.headers, body: await text(response) }
  }
  const openSockets = () =>
    new Promise<number>((resolve) => upstream.getConnections((_, count) => resolve(count)))
  return { world, open, ask, headers, openSockets, origin: `http://127.0.0.1:${port}` }
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
