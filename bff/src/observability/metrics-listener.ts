import { createServer, type Server } from 'node:http'
import type { Exposition } from './prometheus.ts'

/**
 * Serves `/metrics` and nothing else, on a port of its own: what operators may see is not on the port that browsers reach.
 * It asks nobody who they are, so it belongs on the loopback or an inner network.
 */
export function metricsListener({ exposition, contentType }: Exposition): Server {
  return createServer({ headersTimeout: 5000, requestTimeout: 5000 }, (request, response) => {
    const headers = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' }
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
