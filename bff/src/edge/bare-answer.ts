import { STATUS_CODES } from 'node:http'
import { problem, problemMediaType, type ProblemCode } from '@strongroom/client'
import { apiHeaders, type AnswerHeaders } from './security-headers.ts'

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
      ...asRecord(apiHeaders(publicUrl)),
      'Content-Type': problemMediaType,
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
      // Nobody knows where the next request would begin.
      Connection: 'close',
    },
  }
}

function asRecord(headers: AnswerHeaders): Record<string, string> {
  const names = headers.filter((_, at) => at % 2 === 0)
  return Object.fromEntries(names.map((name, at) => [name, headers[2 * at + 1] ?? '']))
}

/** As it goes over the wire, where not even the server has an answer to write to. */
export function toBytes({ status, headers, body }: BareAnswer): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`
}
