import { connect } from 'node:net'

const patienceMilliseconds = 1000

/** Whether something listens at the host and port of a URL. */
export function isAnswering(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  })
  const settle = (answers: boolean) => {
    socket.destroy()
    resolve(answers)
  }
  socket.setTimeout(patienceMilliseconds, () => settle(false))
  socket.once('connect', () => settle(true)).once('error', () => settle(false))
  return promise
}
