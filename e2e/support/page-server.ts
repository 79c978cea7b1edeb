import { createServer, type RequestListener } from 'node:http'
import { closeServer, listenOnLoopback } from '../servers/loopback-server.ts'

export interface PageServer {
  /** Another origin than the app's, and the same site. */
  readonly sameSite: string
  /** Another origin and another site. */
  readonly otherSite: string
  stop(): Promise<void>
}

/** A stranger's server on a port of its own. Cookies know no ports, so by one of its names it is the app's neighbour. */
export async function startPageServer(answer: RequestListener): Promise<PageServer> {
  const server = createServer(answer)
  const port = await listenOnLoopback(server, 0)
  return {
    sameSite: `http://localhost:${port}`,
    otherSite: `http://127.0.0.1:${port}`,
    stop: () => closeServer(server),
  }
}
