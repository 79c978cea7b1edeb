import { once } from 'node:events'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline/promises'
import { isLoopbackHost } from '../base/loopback.ts'

/** Waits for a browser to come back from the provider. */
export interface CallbackListener {
  /** What to tell the person beside the link, if more is to be done than to follow it. */
  readonly note: string | null
  /** The query that the browser brought; null when none came in time. */
  answer(state: string): Promise<URLSearchParams | null>
  close(): void
}

const patienceMilliseconds = 300_000

/**
 * Listens in the server's place where the callback is on this machine; else a person copies the address that the browser ended at.
 *
 * Rejects where the port is taken.
 */
export async function callbackListener(callback: URL): Promise<CallbackListener> {
  return isLoopbackHost(callback.hostname) ? listening(callback) : pasted(callback)
}

async function listening(callback: URL): Promise<CallbackListener> {
  const server = createServer()
  const port = Number(callback.port || 80)
  server.listen(port, callback.hostname.replace(/^\[|\]$/g, ''))
  await once(server, 'listening')
  return {
    note: null,
    async answer(state) {
      const { promise, resolve } = Promise.withResolvers<URLSearchParams | null>()
      const timer = setTimeout(() => resolve(null), patienceMilliseconds)
      server.on('request', (request, response) => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
        const isIt = pathname === callback.pathname && searchParams.get('state') === state
        response.writeHead(isIt ? 200 : 404, {
          'Content-Type': 'text/plain; charset=utf-8',
          'Cache-Control': 'no-store',
          'Referrer-Policy': 'no-referrer',
          Connection: 'close',
        })
        response.end(isIt ? 'Signed in. You can close this; the terminal goes on.\n' : '\n')
        if (isIt) resolve(searchParams)
      })
      const found = await promise
      clearTimeout(timer)
      return found
    },
    close: () => void server.close(),
  }
}

/** The code in the address is of no use to anybody else: the verifier that it needs never leaves this process. */
async function pasted(callback: URL): Promise<CallbackListener> {
  const lines = createInterface({ input: process.stdin, terminal: false })
  return {
    note: `It ends on a page of the running server that says that the sign-in failed, or on none. Copy the whole address from there (it begins ${callback.href}?) and paste it here:`,
    async answer(state) {
      const line = await Promise.race([
        once(lines, 'line', { signal: AbortSignal.timeout(patienceMilliseconds) }),
        once(lines, 'close'),
      ]).catch(() => [])
      const query = URL.parse(String(line[0] ?? '').trim())?.searchParams
      return query?.get('state') === state ? query : null
    },
    close: () => lines.close(),
  }
}
