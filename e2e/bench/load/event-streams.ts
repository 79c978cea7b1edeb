import { connect, type Socket } from 'node:net'

/** Many open streams of server-sent events, and how late their events are. */
export interface EventStreams {
  /** Opens so many more, and waits until each has begun. */
  open(count: number): Promise<void>
  /** How many are open. */
  size(): number
  /** Milliseconds from the API's sending to arrival here, of the events since the last look. */
  takeDelays(): readonly number[]
  close(): void
}

const patienceSeconds = 30

/** Opened at once; more would queue where the kernel keeps connections that wait. */
const atATime = 100

export function eventStreams(
  port: number,
  headers: Readonly<Record<string, string>>,
): EventStreams {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `GET /api/events HTTP/1.1\r\n${lines.join('')}\r\n`
  const open = new Set<Socket>()
  let delays: number[] = []

  function openOne(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port }, () => socket.write(head))
      socket.once('data', (chunk) => {
        if (chunk.toString('latin1').startsWith('HTTP/1.1 200')) resolve()
        else socket.destroy(new Error(`A stream was answered ${chunk.toString('latin1', 0, 300)}`))
      })
      socket.on('data', (chunk) => {
        const now = performance.timeOrigin + performance.now()
        const text = chunk.toString('latin1')
        for (const [, sent] of text.matchAll(/data: ([\d.]+)/g)) delays.push(now - Number(sent))
        // The last chunk (RFC 9112 §7.1): the stream is over, though its connection may be used again.
        if (/(?:^|\n)0\r\n\r\n$/.test(text)) socket.destroy()
      })
      open.add(socket)
      const late = () => socket.destroy(new Error('A stream did not begin.'))
      const timer = setTimeout(late, patienceSeconds * 1000)
      socket.once('data', () => clearTimeout(timer))
      socket.once('error', reject)
      socket.once('end', () => socket.destroy())
      socket.once('close', () => {
        open.delete(socket)
        reject(new Error('A stream ended before it began.'))
      })
    })
  }

  return {
    async open(count) {
      for (let opened = 0; opened < count; opened += atATime) {
        await Promise.all(Array.from({ length: Math.min(atATime, count - opened) }, openOne))
      }
    },
    size: () => open.size,
    takeDelays() {
      const taken = delays
      delays = []
      return taken
    },
    close() {
      for (const socket of open) socket.destroy()
    },
  }
}
