import { setTimeout as pause } from 'node:timers/promises'

/** Each grant has refresh tokens of its own, so that a few people make many lines that run side by side. */
const grants = ['one', 'two', 'three', 'four']

interface Run {
  call(path: string, init?: object): Promise<Response>
}

/**
 * Due every second: whatever is killed, something is under way. What is to be run again is due more rarely, as the next
 * instant would take its place.
 */
function job(name: string, interrupted: 'run-again' | 'leave') {
  return {
    name: `job-${name}`,
    grant: name,
    schedule: interrupted === 'leave' ? '* * * * * *' : '*/15 * * * * *',
    spreadSeconds: 0,
    // What is not under way when a runner dies is there for the next one at once.
    concurrency: 1,
    interrupted,
    missedRuns: 'run-once',
    retries: { times: 5, firstSeconds: 1, longestSeconds: 2 },
    async run({ call }: Run) {
      const post = { method: 'POST', headers: { 'X-Job': name } }
      await must(call('/begin', { ...post, idempotent: true }))
      await pause(10 + Math.random() * 30)
      await must(call('/end', { ...post, idempotent: 'end' }))
    },
  }
}

async function must(answer: Promise<Response>): Promise<void> {
  const { status } = await answer
  if (status !== 200) throw new Error(`the API answered ${status}`)
}

export default {
  grants: Object.fromEntries(
    grants.map((name) => [
      name,
      { title: name, sentence: `Does ${name}.`, scopes: ['notes'], longestSeconds: 86_400 },
    ]),
  ),
  jobs: grants.map((name, index) => job(name, index % 2 === 0 ? 'leave' : 'run-again')),
  jobRunner: { tokenRequestsPerSecond: 0 },
}
