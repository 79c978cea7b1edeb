import { once } from 'node:events'
import type { Server } from 'node:http'
import { Hono } from 'hono'
import type { HttpBindings } from '@hono/node-server'
import { proxyTrust } from '../base/proxy-trust.ts'
import { requestId } from '../edge/request-id.ts'
import { startServer } from '../server.ts'
import { isPortTaken } from './is-port-taken.ts'
import { CannotStart } from './cannot-start.ts'
import type { Development } from './development.ts'
import { spaProxy, type SpaEnv } from './spa-proxy.ts'

export interface DevServerOptions {
  /** The app's own dev server. */
  readonly spa: URL
  readonly host: string
  readonly port: number
  readonly tls: { readonly key: string; readonly cert: string } | null
}

/** Strongroom with an app behind it that is being written. @throws CannotStart */
export async function startDevServer(
  development: Development,
  { spa, host, port, tls }: DevServerOptions,
): Promise<Server> {
  const { bff, isOwn, publicUrl, telemetry } = development
  const front = new Hono<SpaEnv>()
  front.use(requestId(proxyTrust([]), null))
  front.all('*', spaProxy(spa, development))
  const server = startServer({
    app: {
      fetch: (request, env: Partial<HttpBindings>) =>
        (isOwn(env.incoming?.url ?? '/') ? bff.app : front).fetch(request, env),
    },
    publicUrl,
    host,
    port,
    telemetry,
    ...(tls && { tls }),
  })
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    throw new CannotStart(
      isPortTaken(error)
        ? `Port ${port} on ${host} is taken. Stop what uses it, or choose another: --port ${port + 1}`
        : `Can't listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
