import { createServer, type IncomingMessage, type Server } from 'node:http'
import { isLoopbackHost } from '../base/loopback.ts'
import type { Exposition } from './prometheus.ts'

/**
 * Serves `/metrics` and nothing else, on a port of its own: what operators may see is not on the port that browsers reach.
 * It asks nobody who they are, so it belongs on the loopback or an inner network.
 */
export function metricsListener({ exposition, contentType }: Exposition): Server {
  return createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    const headers = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' }
    if (!isMeant(request)) {
      response.writeHead(421, headers).end()
      return
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead || request.url !== '/metrics') {
      response.writeHead(isRead ? 404 : 405, { ...headers, Allow: 'GET, HEAD' }).end()
      return
    }
    exposition().then(
      (text) => response.writeHead(200, { ...headers, 'Content-Type': contentType }).end(text),
      () => response.writeHead(500, headers).end(),
    )
  })
}

/**
 * On the loopback only what names the loopback: a page anywhere can give its own name that address, and read what is there as
 * its own (DNS rebinding). The browser says that name all the same.
 */
function isMeant({ headers, socket }: IncomingMessage): boolean {
  if (headers.host === undefined || !isLoopbackHost(socket.localAddress ?? '')) return true
  return isLoopbackHost(headers.host.replace(/:\d*$/, ''))
}
