import { randomInt } from 'node:crypto'
import { connect, createServer } from 'node:net'

/** A free port of this machine's loopback: `preferred` if it is free, else any. */
export async function freePort(
  preferred = anyPort(),
  taken: readonly number[] = [],
): Promise<number> {
  const isUsable = !taken.includes(preferred) && (await canListen(preferred))
  return isUsable ? preferred : freePort(anyPort(), taken)
}

/**
 * None of those that a system gives to whoever asks for any: it would give it away again before the caller's server is
 * there, to a connection or to another program.
 */
const anyPort = () => randomInt(20_000, 32_768)

/** So many free ports, each another. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = []
  while (found.length < count) found.push(await freePort(anyPort(), found))
  return found
}

/**
 * Whether someone answers at `localhost:<port>`. Both loopback addresses count: a browser may try `::1` first, and
 * some systems let a second server listen beside one that listens everywhere.
 */
export async function isPortTaken(port: number): Promise<boolean> {
  const answers = await Promise.all(['127.0.0.1', '::1'].map((host) => answersAt(host, port)))
  return answers.includes(true)
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function answersAt(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const settle = (taken: boolean) => {
      socket.destroy()
      resolve(taken)
    }
    socket.setTimeout(1000, () => settle(false))
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
}
