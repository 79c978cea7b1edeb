import type { ReceivedCall, SentCall } from '../../api/echoed-call.ts'

/** What Strongroom did with a part of a call. */
export type Fate = 'added' | 'taken' | 'changed' | 'passed'

export interface ComparedPart {
  readonly part: string
  /** `null`: not there. */
  readonly sent: string | null
  readonly received: string | null
  readonly fate: Fate
}

const unseen = 'set by the browser, hidden from script'
const byBrowser = 'set by the browser'

/** What Strongroom makes by itself, so the browser can't have sent it. */
const made = /^(?:authorization|x-forwarded-.*|x-request-id)$/

/** `Origin` goes along with what may change something. */
const hiddenFromScript = ['origin', 'referer', 'sec-fetch-*'] as const

/** Belongs to one hop, so that each side has its own. */
const hop = new Set(['connection', 'host', 'content-length', 'transfer-encoding'])

/**
 * A call on both sides of Strongroom, what happened to it first. What the browser adds and script can't read is known from
 * what arrived, as Strongroom passes it on unchanged; of the cookie it is known that it was sent, since the call was let in.
 * No I/O.
 */
export function compareCall(sent: SentCall, received: ReceivedCall): readonly ComparedPart[] {
  const names = new Set([...Object.keys(sent.headers), ...Object.keys(received.headers)])
  const parts = [...names]
    .filter((name) => !hop.has(name))
    .map((name) => compareHeader(name, sent.headers[name], received.headers[name]))
  const request: ComparedPart = {
    part: 'Request',
    sent: `${sent.method} ${sent.path}`,
    received: `${received.method} ${received.path}`,
    fate: 'changed',
  }
  return [
    request,
    ...parts.filter(({ fate }) => fate === 'added'),
    taken('cookie', received),
    ...parts.filter(({ fate }) => fate === 'taken'),
    ...(sent.method === 'GET' ? hiddenFromScript.slice(1) : hiddenFromScript).map((name) =>
      taken(name, received),
    ),
    ...parts.filter(({ part, fate }) => fate === 'passed' && part !== 'cookie'),
  ].filter((part) => part !== null)
}

function compareHeader(part: string, sent?: string, received?: string): ComparedPart {
  if (received === undefined) return { part, sent: sent ?? null, received: null, fate: 'taken' }
  if (sent !== undefined) return { part, sent, received, fate: 'passed' }
  return made.test(part)
    ? { part, sent: null, received, fate: 'added' }
    : { part, sent: byBrowser, received, fate: 'passed' }
}

/** One that the browser sets and the API must not get. If it does arrive, nobody shall say that it was taken away. */
function taken(part: string, { headers }: ReceivedCall): ComparedPart | null {
  const name = Object.keys(headers).find((one) => one.startsWith(part.replace('*', '')))
  if (name !== undefined) {
    return { part: name, sent: unseen, received: headers[name] ?? '', fate: 'passed' }
  }
  return { part, sent: unseen, received: null, fate: 'taken' }
}
