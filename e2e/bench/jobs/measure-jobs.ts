import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openRaceStore, type StoreKind } from '../../race/race-store.ts'
import { closeServer, listenOnLoopback } from '../../servers/loopback-server.ts'
import { startProvider } from '../../servers/provider.ts'
import { cpuSeconds, memoryOf } from '../machine/proc.ts'
import { manyGrants } from './many-grants.ts'

export interface JobsCase {
  readonly store: StoreKind
  readonly grants: number
  readonly concurrency: number
  /** 0 for no limit. */
  readonly tokensPerSecond: number
}

export interface JobsFigures {
  readonly seconds: number
  readonly runs: number
  /** Of all token requests, in the busiest second. */
  readonly mostTokensInASecond: number
  readonly tokenRequests: number
  readonly refusedTokenRequests: number
  readonly idleBytes: number
  readonly peakBytes: number
  readonly runnerCpuSeconds: number
}

const settings = fileURLToPath(new URL('./settings', import.meta.url))
const program = fileURLToPath(new URL('../../../bff/strongroom.mjs', import.meta.url))

/** One runner, and so many users who are all due at once. */
export async function measureJobs(one: JobsCase): Promise<JobsFigures> {
  const stops: (() => Promise<unknown>)[] = []
  try {
    const provider = await startProvider({
      publicUrl: 'http://localhost:3000',
      accessTokenSeconds: 60,
      crowd: one.grants,
    })
    stops.push(provider.stop)
    const tokens = tokenCounter()
    provider.inner.use(tokens.middleware)
    const api = await countingApi()
    stops.push(api.stop)
    const store = await openRaceStore(one.store)
    stops.push(store.stop)
    const env = {
      PUBLIC_URL: 'http://localhost:3000',
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      API_UPSTREAM: api.url,
      SESSION_SECRET: randomBytes(32).toString('base64url'),
      STORE_URL: store.url,
      SPA_DIR: '',
      LOG_LEVEL: 'warn',
      BENCH_CONCURRENCY: String(one.concurrency),
      BENCH_RATE: String(one.tokensPerSecond),
    }
    await manyGrants(provider, one.grants, env, settings)
    const dueAt =
      (Math.floor(Date.now() / 60_000) + (Date.now() % 60_000 > 50_000 ? 2 : 1)) * 60_000
    const at = new Date(dueAt)
    const runner = spawn(process.execPath, [program, 'jobs'], {
      cwd: settings,
      env: {
        ...process.env,
        ...env,
        BENCH_SCHEDULE: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const exit = once(runner, 'exit')
    const endWithUs = () => void runner.kill('SIGKILL')
    process.once('exit', endWithUs)
    void exit.then(() => process.off('exit', endWithUs))
    stops.push(async () => {
      runner.kill('SIGTERM')
      await exit
    })
    const { pid = 0 } = runner
    await pause(Math.max(0, dueAt - Date.now() - 500))
    const idle = memoryOf(pid)
    const cpuBefore = cpuSeconds(pid)
    await Promise.race([api.reached(one.grants), exit, pause(900_000, null, { ref: false })])
    const seconds = (api.lastAt() - Math.max(api.firstAt(), dueAt)) / 1000
    const { peakBytes } = memoryOf(pid)
    return {
      seconds,
      runs: api.calls(),
      mostTokensInASecond: tokens.mostInASecond(),
      tokenRequests: tokens.all(),
      refusedTokenRequests: tokens.refused(),
      idleBytes: idle.bytes,
      peakBytes,
      runnerCpuSeconds: cpuSeconds(pid) - cpuBefore,
    }
  } finally {
    for (const stop of stops.toReversed()) await stop()
  }
}

function tokenCounter() {
  const bySecond = new Map<number, number>()
  let all = 0
  let refused = 0
  return {
    async middleware(
      ctx: { readonly path: string; readonly status: number },
      next: () => Promise<unknown>,
    ) {
      if (ctx.path === '/token') {
        const second = Math.floor(Date.now() / 1000)
        bySecond.set(second, (bySecond.get(second) ?? 0) + 1)
        all += 1
      }
      await next()
      if (ctx.path === '/token' && ctx.status >= 400) refused += 1
    },
    all: () => all,
    refused: () => refused,
    mostInASecond: () => Math.max(0, ...bySecond.values()),
  }
}

async function countingApi() {
  let calls = 0
  let firstAt = 0
  let lastAt = 0
  let wanted = Infinity
  const { promise, resolve } = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    request.resume()
    lastAt = Date.now()
    if (calls === 0) firstAt = lastAt
    calls += 1
    response.end('[]')
    if (calls >= wanted) resolve()
  })
  const port = await listenOnLoopback(server, 0)
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => calls,
    firstAt: () => firstAt,
    lastAt: () => lastAt,
    reached(count: number) {
      wanted = count
      if (calls >= wanted) resolve()
      return promise
    },
    stop: () => closeServer(server),
  }
}
