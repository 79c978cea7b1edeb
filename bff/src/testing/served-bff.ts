import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { onTestFinished, vi } from 'vitest'
import type { BffOptions, UpstreamOptions } from '../options/options.ts'
import { startServer, type ServerLimits, type ServerParts } from '../server.ts'
import { issuer, testBff, type TestBff } from './test-bff.ts'

export type Api = (request: IncomingMessage, response: ServerResponse) => unknown

export interface ServedBff {
  readonly world: TestBff
  readonly port: number
  readonly origin: string
  /** The API's own listener. */
  readonly upstream: Server
  /** What makes a call of the signed-in page's script. */
  readonly headers: { readonly Cookie: string; readonly 'X-CSRF': string }
}

export interface ServedBffOptions {
  readonly upstream?: Omit<Partial<UpstreamOptions>, 'target'>
  readonly bff?: Partial<BffOptions>
  readonly limits?: Partial<ServerLimits>
  /** When to close what listens. @default when the test at hand is over */
  readonly onOver?: (close: () => void) => void
}

/** A signed-in BFF on a socket, in front of an API on another. Only the provider is reached without one. */
export async function servedBff(
  api: Api | Server,
  options: ServedBffOptions = {},
): Promise<ServedBff> {
  const { onOver = onTestFinished } = options
  const upstream = typeof api === 'function' ? createServer((...call) => void api(...call)) : api
  const upstreamPort = await portOf(upstream.listen(0, '127.0.0.1'))
  const realFetch = fetch
  // As the runtime's own: a fetch that is given as an option would be used for the API too.
  vi.stubGlobal('fetch', ((input, init) =>
    new URL(input instanceof Request ? input.url : input).origin === issuer
      ? provider.fetch(new Request(input, init))
      : realFetch(input, init)) satisfies typeof fetch)
  const target = `http://127.0.0.1:${upstreamPort}/v1`
  const world = await testBff({
    upstreams: [{ prefix: '/api', target, ...options.upstream }],
    fetch,
    ...options.bff,
  })
  const provider = { fetch: async (request: Request) => world.provider.app.fetch(request) }
  await world.browser.navigate('/auth/login')
  const { port, origin } = await serve(world, options.limits, onOver)
  onOver(() => close(upstream))
  const cookie = [...world.browser.cookies()].map(([name, { value }]) => `${name}=${value}`)
  return {
    world,
    port,
    origin,
    upstream,
    headers: { Cookie: cookie.join('; '), 'X-CSRF': '1' },
  }
}

/** Puts an app on a free port of the loopback until the test is over. */
export async function serve(
  {
    bff,
    telemetry = { record: () => {} },
  }: {
    readonly bff: Pick<ServerParts, 'app'>
    readonly telemetry?: ServerParts['telemetry']
  },
  limits: Partial<ServerLimits> = {},
  onOver: (close: () => void) => void = onTestFinished,
): Promise<{ readonly port: number; readonly origin: string }> {
  const publicUrl = new URL('https://app.example.com')
  const server = startServer({
    app: bff.app,
    publicUrl,
    host: '127.0.0.1',
    port: 0,
    limits,
    telemetry,
  })
  onOver(() => close(server))
  const port = await portOf(server)
  return { port, origin: `http://127.0.0.1:${port}` }
}

async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function close(server: Server): void {
  server.close()
  if ('closeAllConnections' in server)
    (server as ReturnType<typeof createServer>).closeAllConnections()
}
