import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { cannedBody } from '../upstreams/canned-body.ts'
import type { RunningContender } from '../world/run-contender.ts'

/** Makes one call as the load does, and throws unless the API itself has answered it. */
export async function checkCall(contender: RunningContender): Promise<void> {
  const { body, status } = await call(contender)
  if (status === 200 && body === cannedBody) return
  throw new Error(
    `${contender.name} answers ${status} ${body.slice(0, 300)}. It wrote:\n${contender.output()}`,
  )
}

function call({ headers, port }: RunningContender): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/api/notes', headers, agent: false })
    sent.once('error', reject)
    sent.once('response', (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
    })
    sent.end()
  })
}
