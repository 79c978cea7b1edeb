import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freshFolder, startBff } from '../testing/own-process.ts'

// Processes of their own take their time on a busy machine.
const patience = { timeout: 40_000 }

const settings = { OIDC_ISSUER: 'http://127.0.0.1:9', API_UPSTREAM: 'http://127.0.0.1:9' }

function startWorkers(env: Record<string, string> = {}, args = ['--workers', '3']) {
  const store = { STORE_URL: `sqlite:${freshFolder()}/store.db`, LOG_LEVEL: 'info' }
  const bff = startBff({ ...settings, ...store, ...env }, args)
  const told = (name: string) => bff.output().split(`"name":"${name}"`).length - 1
  const pids = () =>
    [...bff.output().matchAll(/"worker":\d+,"pid":(\d+)/g)].map(([, pid]) => Number(pid))
  return { ...bff, told, pids }
}

test('workers share one port, which is told once', patience, async () => {
  const { address, told, pids } = startWorkers()

  const answer = await fetch(`${await address}/healthz`)
  await expect.poll(() => told('worker-started')).toBe(3)

  expect(answer.status).toBe(200)
  expect(new Set(pids()).size).toBe(3)
  expect(told('listening')).toBe(1)
})

test(
  'a store that each would keep for itself is refused before anything starts',
  patience,
  async () => {
    const { ended, output, told } = startWorkers({ STORE_URL: 'memory:' })

    const [code] = await ended

    expect(code).toBe(2)
    expect(output()).toContain('--workers')
    expect(output()).toContain('Set STORE_URL to sqlite:<file> or redis://')
    expect(told('worker-started')).toBe(0)
  },
)

test.for([
  ['a wrong setting', { OIDC_ISSUER: 'nonsense' }],
  ['a store that can’t be opened', { STORE_URL: `sqlite:${import.meta.filename}/store.db` }],
] as const)('%s is told once for all workers, before any starts', patience, async ([, env]) => {
  const { ended, output, told } = startWorkers(env)

  const [code] = await ended

  expect(code).toBe(2)
  expect(output().split('One setting needs attention')).toHaveLength(2)
  expect(told('worker-started')).toBe(0)
})

test('a port that is taken is told once, and nobody tries again', patience, async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const PORT = String((other.address() as AddressInfo).port)

  const { ended, output, told } = startWorkers({ PORT })
  const [code] = await ended

  expect(code).toBe(1)
  expect(output().split(`Port ${PORT} on 127.0.0.1 is taken`)).toHaveLength(2)
  expect(told('worker-started')).toBe(1)
})

test('a worker that dies is replaced, and the others serve meanwhile', patience, async () => {
  const { address, output, pids, told } = startWorkers()
  const url = `${await address}/healthz`
  await expect.poll(() => told('worker-started')).toBe(3)
  const [, second = 0] = pids()

  process.kill(second, 'SIGKILL')
  await expect.poll(() => told('worker-died')).toBe(1)
  const meanwhile = await fetch(url)
  await expect.poll(() => told('worker-started'), { timeout: 10_000 }).toBe(4)

  expect(meanwhile.status).toBe(200)
  expect(output()).toContain(`"worker":2,"pid":${second},"how":"SIGKILL","againInSeconds":1`)
})

test('workers that all die at their start are given up, with the reason', patience, async () => {
  const poison = join(freshFolder(), 'poison.cjs')
  writeFileSync(poison, `if (require('node:cluster').isWorker) throw new Error('no start today')`)
  const { ended, output, told } = startWorkers({ NODE_OPTIONS: `--require ${poison}` })

  const [code] = await ended

  expect(code).toBe(1)
  expect(told('worker-died')).toBe(3)
  expect(output()).toContain('No worker came to take requests: 3 died one after the other.')
})

test.for(['SIGTERM', 'SIGINT'] as const)(
  '%s ends all of them in order',
  patience,
  async (signal) => {
    const { address, child, ended, pids, told } = startWorkers()
    await address
    await expect.poll(() => told('worker-started')).toBe(3)

    child.kill(signal)
    const [code] = await ended

    expect(code).toBe(0)
    expect(told('stopping')).toBe(1)
    expect(pids().filter(isRunning)).toEqual([])
  },
)

test('a primary that is killed leaves no worker behind', patience, async () => {
  const { address, child, pids, told } = startWorkers()
  await address
  await expect.poll(() => told('worker-started')).toBe(3)

  child.kill('SIGKILL')

  await expect.poll(() => pids().filter(isRunning), { timeout: 10_000 }).toEqual([])
})

test('the metrics of all workers are added up', patience, async () => {
  const { address, output, told } = startWorkers({ OPS_PORT: '0' })
  const url = await address
  await expect.poll(() => told('worker-started')).toBe(3)
  const [, metrics = ''] = /"metrics-listening","address":"([^"]+)"/.exec(output()) ?? []
  const seen = async () => {
    const text = await (await fetch(metrics)).text()
    return Number(/^strongroom_seals_refused_total\{[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0)
  }

  for (let call = 0; call < 6; call += 1) {
    const headers = {
      'X-CSRF': '1',
      Cookie: '__Host-Http-strongroom=nonsense',
      Connection: 'close',
    }
    await fetch(`${url}/auth/session`, { headers })
  }

  await expect.poll(seen, { timeout: 15_000 }).toBe(6)
})

/** What has ended stays listed until somebody fetches it, which the dead primary does not. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
