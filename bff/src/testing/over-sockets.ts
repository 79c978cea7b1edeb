import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import type { Server } from 'node:net'
import { text } from 'node:stream/consumers'
import type { UpstreamOptions } from '../options/options.ts'
import { servedBff, type Api, type ServedBffOptions } from './served-bff.ts'

/** A served BFF, and what asks it. */
export async function overSockets(
  api: Api | Server,
  upstream: Omit<Partial<UpstreamOptions>, 'target'> = {},
  options: Omit<ServedBffOptions, 'upstream'> = {},
) {
  const served = await servedBff(api, { ...options, upstream })
  const { port, headers } = served

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
    new Promise<number>((resolve) => served.upstream.getConnections((_, count) => resolve(count)))
  return { ...served, open, ask, openSockets }
}
