import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import { noteUpgrade } from '../base/incoming.ts'

/** For the server's options: anything else that asks for another protocol is an ordinary request (RFC 9110 §7.8). */
export function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket'
}

/**
 * Lets requests for a WebSocket go the way of all others, through the same guards to the same upstreams, and answers those
 * that get none over the same connection.
 *
 * @param server  made with `shouldUpgradeCallback: isWebSocket`
 * @param isOurs  of a server that is shared: what is not ours is left to whoever else listens
 */
export function serveWebSockets(
  server: Pick<Server, 'on'>,
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
  isOurs: (incoming: IncomingMessage) => boolean = () => true,
): void {
  server.on('upgrade', (incoming, socket, head) => {
    if (!isOurs(incoming)) return
    socket.on('error', () => socket.destroy())
    const outgoing = new ServerResponse(incoming)
    outgoing.shouldKeepAlive = false
    outgoing.assignSocket(socket as Parameters<typeof outgoing.assignSocket>[0])
    outgoing.once('finish', () => socket.end())
    // One that leaves before it has its WebSocket says so only once: whoever takes the connection over would wait for ever.
    socket.once('end', () => {
      if (outgoing.socket !== null) socket.destroy()
    })
    noteUpgrade(incoming, { socket, head })
    answer(incoming, outgoing)
  })
}
