import { connect, type Socket } from 'node:net'

export interface Transfer {
  readonly port: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: number
}

interface Body {
  readonly bytes: number
  /** Of a short body this is all of it. */
  readonly start: string
}

const headEnd = '\r\n\r\n'

/** More than any head. */
const keptCharacters = 16_384

const piece = Buffer.alloc(256 * 1024, 'strongroom ')

/**
 * Fetches a large body, as fast as it comes, and keeps nothing of it.
 *
 * @returns seconds
 * @throws where less comes, or another answer
 */
export async function download({ bytes, headers, port }: Transfer): Promise<number> {
  const startedAt = performance.now()
  const answer = exchange(port, headOf('GET', `/api/bytes/${bytes}`, headers))
  const body = await answer.bodyOf(bytes)
  if (body.bytes !== bytes) throw new Error(`${body.bytes} of ${bytes} bytes came.`)
  return (performance.now() - startedAt) / 1000
}

/** Sends a large body, as fast as it is taken. @returns seconds, until the API has confirmed every byte */
export async function upload({ bytes, headers, port }: Transfer): Promise<number> {
  const startedAt = performance.now()
  const more = {
    ...headers,
    'Content-Type': 'application/octet-stream',
    'Content-Length': `${bytes}`,
  }
  const answer = exchange(port, headOf('POST', '/api/bytes', more))
  send(answer.socket, bytes)
  const counted = await answer.bodyOf(String(bytes).length)
  if (counted.start !== String(bytes))
    throw new Error(`${counted.start} of ${bytes} bytes arrived.`)
  return (performance.now() - startedAt) / 1000
}

function headOf(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

function exchange(port: number, head: string) {
  const socket = connect({ host: '127.0.0.1', port })
  socket.write(head)

  /** @returns how many bytes came until they were all there, or the other side ended it */
  function bodyOf(bytes: number): Promise<Body> {
    return new Promise((resolve, reject) => {
      let start = ''
      let got = 0
      let hasBegun = false
      const done = () => {
        socket.destroy()
        resolve({ bytes: got, start })
      }
      socket.on('data', (chunk) => {
        got += chunk.length
        if (start.length < keptCharacters) start += chunk.toString('latin1')
        const end = hasBegun ? -1 : start.indexOf(headEnd)
        if (end !== -1) {
          hasBegun = true
          got -= end + headEnd.length
          if (!start.startsWith('HTTP/1.1 200')) reject(new Error(`The answer was ${start}`))
          start = start.slice(end + headEnd.length)
        }
        if (hasBegun && got >= bytes) done()
      })
      socket.once('error', reject)
      socket.once('end', done)
      socket.once('close', () => reject(new Error('The connection broke.')))
    })
  }

  return { socket, bodyOf }
}

function send(socket: Socket, bytes: number): void {
  let left = bytes
  function more(): void {
    while (left > 0) {
      const next = left < piece.length ? piece.subarray(0, left) : piece
      left -= next.length
      if (!socket.write(next)) return void socket.once('drain', more)
    }
  }
  more()
}
