/** No I/O. */

/** Headers by their names in lower case, as Node and undici give them. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>

/** Names and values in turn, as they go over the wire. */
export type RawHeaders = readonly string[]

/** Headers that are between two neighbours on the wire and go no further (RFC 9110 §7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function isHopByHop(name: string): boolean {
  return hopByHop.has(name)
}

/** The hop-by-hop headers of a message, with those that its `Connection` header names. */
function connectionHeaders({ connection }: HeaderRecord): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close')
    return hopByHop
  const named = String(connection)
    .split(',')
    .map((name) => name.trim().toLowerCase())
  return new Set([...hopByHop, ...named])
}

/** Those that `passes` lets through, in their order. */
export function passedHeaders(headers: HeaderRecord, passes: (name: string) => boolean): string[] {
  const named = connectionHeaders(headers)
  const passed: string[] = []
  for (const name in headers) {
    if (named.has(name) || !passes(name)) continue
    const value = headers[name]
    if (typeof value === 'string') passed.push(name, value)
    else for (const each of value ?? []) passed.push(name, each)
  }
  return passed
}

export function recordOf(headers: Headers): HeaderRecord {
  return Object.fromEntries(headers)
}

/** Nobody's headers have as many names: what is more was made up, and is decided each time. */
const mostNames = 500

/** The same few names come with each call, so what was decided of one is remembered. */
export function decidedOnce(decide: (name: string) => boolean): (name: string) => boolean {
  const decided = new Map<string, boolean>()
  return (name) => {
    const known = decided.get(name)
    if (known !== undefined) return known
    const decision = decide(name)
    if (decided.size < mostNames) decided.set(name, decision)
    return decision
  }
}
