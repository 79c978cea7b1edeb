import { STATUS_CODES } from 'node:http'
import { problem, problemMediaType, type ProblemCode } from '@strongroom/client'

/** No I/O. */

/** An answer that is made before there is a request to speak of, and so by no route. */
export interface BareAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Repeats nothing of what came: it may hold anything. */
export function bareAnswer(status: number, code: ProblemCode, publicUrl: URL): BareAnswer {
  const body = JSON.stringify(problem(code, { status }))
  return {
    status,
    body,
    headers: {
      'Content-Type': problemMediaType,
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'same-origin',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      ...(publicUrl.protocol === 'https:'
        ? { 'Strict-Transport-Security': 'max-age=31536000' }
        : {}),
      // Nobody knows where the next request would begin.
      Connection: 'close',
    },
  }
}

/** As it goes over the wire, where not even the server has an answer to write to. */
export function toBytes({ status, headers, body }: BareAnswer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`
}
