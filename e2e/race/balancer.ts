import { Agent, createServer, get, request, type Server } from 'node:http'
import { pipeline } from 'node:stream'
import { routes } from '@strongroom/client'
import { closeServer, listenOnLoopback } from '../servers/loopback-server.ts'
import type { Recipient } from './racing-browser.ts'

/** What load balancers do, and no more: it asks each instance whether it is ready, and tries nothing a second time. */
export interface Balancer extends Recipient {
  readonly isReady: (instance: Recipient) => boolean
  stop(): Promise<void>
}

const lookEveryMilliseconds = 100
/** Readiness itself waits a second for a provider that is slow. */
const patienceSeconds = 2

export async function startBalancer(instances: readonly Recipient[]): Promise<Balancer> {
  const ready = new Set<number>()
  const agent = new Agent({ keepAlive: true })
  let turn = 0

  async function look(): Promise<void> {
    await Promise.all(
      instances.map(async ({ port }) => {
        if (await isReady(port)) ready.add(port)
        else ready.delete(port)
      }),
    )
  }

  const server: Server = createServer((incoming, outgoing) => {
    const ports = [...ready]
    const port = ports[turn++ % ports.length]
    if (port === undefined) return void outgoing.writeHead(503).end()
    const { method, url: path, headers } = incoming
    const passedOn = request({ agent, host: '127.0.0.1', port, method, path, headers })
    passedOn.on('error', () => (outgoing.headersSent ? outgoing.destroy() : lost()))
    passedOn.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, outgoing, () => {})
    })
    pipeline(incoming, passedOn, () => {})
    const lost = () => void outgoing.writeHead(502).end()
  })
  await look()
  const timer = setInterval(() => void look(), lookEveryMilliseconds)
  const port = await listenOnLoopback(server, 0)
  return {
    index: 0,
    port,
    isReady: (instance) => ready.has(instance.port),
    async stop() {
      clearInterval(timer)
      await closeServer(server)
      agent.destroy()
    },
  }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: routes.readiness, agent: false })
    asked.setTimeout(patienceSeconds * 1000, () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.on('response', (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
  })
}
