import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** By lower-case name; of several the last. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Every byte that came. */
  readonly bytes: string
  /** Whether the server ended the connection. */
  readonly closed: boolean
}

const patienceMilliseconds = 5000

/**
 * Sends bytes as they are, the way an attacker does, and reads what comes back: one whole answer, or all there is when the
 * server ends the connection. What does neither fails as a hang.
 *
 * @param pieces  each but the first is sent when the one before has gone
 */
export async function rawHttp(port: number, ...pieces: readonly string[]): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let bytes = ''
  const timer = setTimeout(
    () => reject(new Error(`It hangs after ${JSON.stringify(bytes)}`)),
    patienceMilliseconds,
  )
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    bytes += chunk
    if (isWhole(bytes)) resolve(parse(bytes, false))
  })
  // A server that refuses in the middle may reset what we are still sending.
  socket.on('error', () => {})
  socket.once('close', () => resolve(parse(bytes, true)))
  for (const piece of pieces) socket.write(piece, 'latin1')
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** Lines with their line ends, and the empty one after them. */
export function head(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Whether an answer is there to its end, by what its head says. */
function isWhole(bytes: string): boolean {
  const { status, headers, body } = parse(bytes, false)
  if (status === 0 || !bytes.includes('\r\n\r\n')) return false
  if (headers['transfer-encoding'] === 'chunked') return body.endsWith('0\r\n\r\n')
  if (headers['content-length'] !== undefined)
    return body.length >= Number(headers['content-length'])
  return status === 204 || status === 304
}

function parse(bytes: string, closed: boolean): RawAnswer {
  // Interim answers, such as 100, come before the one that counts.
  const whole = bytes.replace(/^(HTTP\/1\.1 1\d\d [^\r]*\r\n([^\r]+\r\n)*\r\n)+/, '')
  const end = whole.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = whole.slice(0, Math.max(end, 0)).split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers: Object.fromEntries(headers),
    body: end === -1 ? '' : whole.slice(end + 4),
    bytes,
    closed,
  }
}
