import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** One request as it arrived at an API. */
export interface Arrived {
  readonly method: string
  readonly url: string
  /** By lower-case name, each value as it was sent. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: string
}

export interface RecordingApi {
  readonly arrived: Arrived[]
  (request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** An API that answers everything with `upstream` and remembers what it was asked, save what broke off on the way. */
export function recordingApi(): RecordingApi {
  const arrived: Arrived[] = []
  const api = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request).catch(() => null)
    if (body === null) return
    const { method = '', url = '', headersDistinct } = request
    arrived.push({ method, url, headers: headersDistinct as Arrived['headers'], body })
    response.end('upstream')
  }
  return Object.assign(api, { arrived })
}
