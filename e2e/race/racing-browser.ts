import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { csrfHeader } from '@strongroom/client'
import type { Answer } from './answer.ts'
import { cookieJar, type CookieJar } from './cookie-jar.ts'

/**
 * As much of a browser as a page that makes many calls at once needs: one jar of cookies, which each answer changes as
 * it arrives, and connections that are kept open.
 */
export interface RacingBrowser {
  readonly jar: CookieJar
  send(to: Recipient, path: string, options?: SendOptions): Promise<Answer>
  close(): void
}

export interface Recipient {
  readonly index: number
  readonly port: number
}

export interface SendOptions {
  readonly method?: string
  /** Sent in place of the jar's, as by somebody who kept a copy; the answer then changes nothing. */
  readonly cookies?: string
  readonly signal?: AbortSignal
  /** As by following a link, instead of by script. */
  readonly navigates?: boolean
}

/** Longer than anything may take: what is not answered by then hangs. */
const patienceSeconds = 20

/** @param host  what the browser has in its address bar, whichever instance it is led to */
export function racingBrowser(host: string): RacingBrowser {
  const jar = cookieJar()
  const agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256 })

  function send(to: Recipient, path: string, options: SendOptions = {}): Promise<Answer> {
    const sentAt = performance.now()
    const { method = 'GET', cookies = jar.header(), signal } = options
    const answer = (rest: Pick<Answer, 'status' | 'code'> & Partial<Answer>): Answer => ({
      retryAfter: null,
      location: null,
      body: null,
      ...rest,
      instance: to.index,
      milliseconds: performance.now() - sentAt,
    })
    return new Promise((resolve) => {
      const fail = (error: NodeJS.ErrnoException) =>
        resolve(answer({ status: 0, code: error.code ?? error.message }))
      const sent = request({
        agent,
        host: '127.0.0.1',
        port: to.port,
        path,
        method,
        headers: {
          host,
          cookie: cookies,
          ...(options.navigates
            ? { accept: 'text/html' }
            : { [csrfHeader.name]: csrfHeader.value }),
        },
        signal: AbortSignal.any([
          AbortSignal.timeout(patienceSeconds * 1000),
          ...(signal ? [signal] : []),
        ]),
      })
      sent.once('error', fail)
      sent.once('response', (response) => {
        // As browsers do it: when the head of the answer is there, before its body.
        if (options.cookies === undefined) jar.apply(response.headers['set-cookie'] ?? [])
        read(response).then((content) => resolve(answer(content)), fail)
      })
      sent.end()
    })
  }

  return { jar, send, close: () => agent.destroy() }
}

async function read(response: IncomingMessage) {
  const body = parsed(await text(response))
  const code = (body as { code?: unknown } | null)?.code
  return {
    status: response.statusCode ?? 0,
    code: typeof code === 'string' ? code : null,
    retryAfter: response.headers['retry-after'] ?? null,
    location: response.headers.location ?? null,
    body,
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}
