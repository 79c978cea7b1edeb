import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { Launched } from '../machine/launch.ts'

export interface Awaited {
  readonly port: number
  readonly path: string
  readonly status: number
}

const patienceSeconds = 20

/**
 * Waits until a server that was just started answers.
 *
 * @returns how many milliseconds that took
 * @throws when it ends before, or stays silent, with what it wrote
 */
export async function untilAnswers(server: Launched, awaited: Awaited): Promise<number> {
  const startedAt = performance.now()
  let end: string | undefined
  void server.ended.then((how) => (end = how))
  while ((await statusOf(awaited)) !== awaited.status) {
    const waited = performance.now() - startedAt
    if (end !== undefined || waited > patienceSeconds * 1000) {
      const what = end === undefined ? 'did not answer' : `ended (${end})`
      throw new Error(`A server ${what} while starting. It wrote:\n${server.output()}`)
    }
    await pause(2)
  }
  return performance.now() - startedAt
}

/** @returns 0 while nobody listens */
function statusOf({ path, port }: Awaited): Promise<number> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, timeout: 5000 })
    sent.once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => resolve(0))
    sent.end()
  })
}
