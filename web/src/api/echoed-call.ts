import { csrfHeader, routes } from '@strongroom/client'
import { bff } from './bff.ts'
import { isRecord } from './is-record.ts'

/** A call as this page sent it, and as the API says that it received it. */
export interface EchoedCall {
  readonly sent: SentCall
  readonly received: ReceivedCall | null
  readonly answer: {
    readonly status: number
    readonly milliseconds: number
    readonly type: string
    readonly text: string
  }
}

export interface SentCall {
  readonly method: string
  /** With its query, as the page's script named it. */
  readonly path: string
  /** Names in lower case. The browser adds more, which script can't see. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface ReceivedCall {
  readonly method: string
  readonly path: string
  /** Names in lower case. The API hides the token before it tells. */
  readonly headers: Readonly<Record<string, string>>
}

/** Asks the sample API to tell, in a header of its answer, what it received. */
const tellHeader = 'x-tell'
const toldHeader = 'x-told'

/** @throws {CallError} when nothing was sent, or no answer came */
export async function callAndTell(call: Omit<SentCall, 'headers'>): Promise<EchoedCall> {
  const headers: Record<string, string> = { [tellHeader]: '1' }
  if (call.body !== null) headers['content-type'] = 'application/json'
  const started = performance.now()
  const response = await bff.fetch(call.path, {
    method: call.method,
    headers,
    body: call.body,
    repeatable: false,
  })
  return {
    sent: {
      ...call,
      headers: { ...headers, [csrfHeader.name.toLowerCase()]: csrfHeader.value },
    },
    received: readReceived(response.headers.get(toldHeader)),
    answer: {
      status: response.status,
      milliseconds: performance.now() - started,
      type: response.headers.get('content-type') ?? '',
      text: await response.text(),
    },
  }
}

/**
 * The path to call, or `null` for one that would leave the API: what a link has put into the form must not reach anything else
 * of this origin, such as the sign-out.
 */
export function pathWithinApi(path: string): string | null {
  const base = 'http://app.invalid'
  const url = URL.parse(`${routes.api}${path.startsWith('/') ? '' : '/'}${path}`, base)
  if (url?.origin !== base || !url.pathname.startsWith(`${routes.api}/`)) return null
  return url.pathname + url.search
}

function readReceived(header: string | null): ReceivedCall | null {
  const json = header === null ? null : parse(header)
  if (!isRecord(json) || !isRecord(json['headers'])) return null
  const headers = Object.entries(json['headers']).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  )
  return {
    method: String(json['method']),
    path: String(json['path']),
    headers: Object.fromEntries(headers),
  }
}

function parse(header: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(header))
  } catch {
    return null
  }
}
