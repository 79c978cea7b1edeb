import { createServer } from 'node:http'
import { Pool } from 'undici'
import { settings } from './settings.mjs'

// No session, no check: what is left is the cost of a proxy on Node.
const pool = new Pool(new URL(settings.upstream).origin, { pipelining: 1 })

const dropped = new Set([
  'host',
  'connection',
  'cookie',
  'authorization',
  'keep-alive',
  'transfer-encoding',
  'expect',
])
const droppedOnReturn = new Set(['connection', 'keep-alive', 'transfer-encoding'])

const server = createServer({ maxHeaderSize: 32_768 }, (request, response) => {
  if (request.url === '/healthz') return void response.end('ok')
  if (!request.url?.startsWith('/api/')) return void response.writeHead(404).end()
  const hasBody =
    request.headers['content-length'] !== undefined ||
    request.headers['transfer-encoding'] !== undefined
  pool.dispatch(
    {
      method: /** @type {import('undici').Dispatcher.HttpMethod} */ (request.method),
      path: request.url.slice('/api'.length),
      headers: requestHeaders(request.rawHeaders),
      body: hasBody ? request : null,
      bodyTimeout: 0,
    },
    relay(response),
  )
})
server.requestTimeout = 0
server.listen(settings.port, '127.0.0.1', 8192)

/** @param {string[]} raw */
function requestHeaders(raw) {
  const kept = ['authorization', `Bearer ${settings.fixedBearer}`]
  for (let at = 0; at < raw.length; at += 2) {
    if (!dropped.has(raw[at].toLowerCase())) kept.push(raw[at], raw[at + 1])
  }
  return kept
}

/**
 * @param {import('node:http').ServerResponse} response
 * @returns {import('undici').Dispatcher.DispatchHandler}
 */
function relay(response) {
  /** @type {{ abort(reason: Error): void } | undefined} */
  let call
  response.once('close', () => {
    if (!response.writableFinished) call?.abort(new Error('the client left'))
  })
  return {
    onRequestStart: (controller) => void (call = controller),
    onResponseStart(controller, status, headers) {
      const kept = []
      for (const [name, value] of Object.entries(headers))
        if (!droppedOnReturn.has(name)) kept.push([name, value])
      response.writeHead(status, Object.fromEntries(kept))
      response.on('drain', () => controller.resume())
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd: () => void response.end(),
    onResponseError() {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    },
  }
}
