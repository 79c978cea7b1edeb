import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { openBrowser, type Browser } from '../testing/browser.ts'
import { secretSearch } from '../testing/secret-search.ts'
import { stubProvider } from '../testing/stub-provider.ts'

const publicUrl = 'http://localhost:3000'
const client = { clientId: 'app', clientSecret: 'the-secret-of-the-client' }
const sessionSecret = 'a secret of a process of our own that is long enough'

// A process of its own takes its time on a busy machine.
const patience = { timeout: 30_000 }

test(
  'a process holds no secret in what it writes, from its start to its end',
  patience,
  async () => {
    const api = await listen(
      new Hono().all('*', (c) => c.text(c.req.header('Authorization') ?? '')),
    )
    const host = new Hono()
    const issuer = await listen(host)
    const provider = await stubProvider({ ...client, issuer }, systemClock)
    host.all('*', (c) => provider.app.fetch(c.req.raw))
    const bff = startBff({
      OIDC_ISSUER: issuer,
      API_UPSTREAM: api,
      STORE_URL: 'redis://user:password-of-the-store@127.0.0.1:1/0',
    })
    const browser = browserAt(await bff.address)

    const { response } = await browser.navigate('/auth/login?return_to=/notes')
    const call = await browser.fetch('/api/notes')
    await browser.navigate(`/auth/callback?code=${provider.issued[0]}&state=${provider.issued[0]}`)
    await browser.fetch(`/${provider.issued[0]}`, { method: 'DELETE' })
    provider.accessTokenSeconds = 1
    await browser.navigate('/auth/login')
    provider.tokenAnswer = () => new Response(provider.issued.join(' '), { status: 500 })
    await expect
      .poll(async () => (await browser.fetch('/api/notes')).status, {
        timeout: 15_000,
      })
      .toBe(503)
    await browser.fetch('/auth/logout', { method: 'POST' })
    bff.child.kill('SIGTERM')
    await bff.ended

    const search = secretSearch()
    search.know(sessionSecret, client.clientSecret, 'password-of-the-store', ...provider.issued)
    search.know(
      ...browser.setCookies.map((line) => line.slice(line.indexOf('=') + 1).split(';')[0]),
    )
    expect(response.status).toBe(404)
    expect(call.status).toBe(200)
    for (const name of ['listening', 'signed-in', 'store-unreachable', 'signed-out', 'stopping']) {
      expect(bff.output()).toContain(`"name":"${name}"`)
    }
    expect(search.known.size).toBeGreaterThan(6)
    expect(search.foundIn(bff.output())).toEqual([])
  },
)

const crash = `
  const error = new Error('a message with the-secret-of-a-crash')
  throw Object.assign(error, { answer: { refresh_token: 'the-secret-of-a-crash' } })
`

const withLastWords = `
  import { lastWords } from './last-words.ts'
  import { logTelemetry } from './telemetry.ts'
  lastWords(logTelemetry('trace'))
`

test('a process that dies of an error says where, and nothing of what hangs on the error', () => {
  const { status, stdout, stderr } = run(withLastWords + crash)

  expect(status).toBe(1)
  expect(stdout).toContain('"name":"unexpected-error"')
  expect(stdout).toMatch(/"stack":" {4}at /)
  expect(stdout + stderr).not.toContain('the-secret')
})

test('a promise that nobody caught ends it in the same way', () => {
  const { status, stdout, stderr } = run(
    `${withLastWords} Promise.reject({ refresh_token: 'the-secret-of-a-promise' })`,
  )

  expect(status).toBe(1)
  expect(stdout).toContain('"name":"unexpected-error"')
  expect(stdout + stderr).not.toContain('the-secret')
})

test('without its last words a process would print the error with all that hangs on it', () => {
  expect(run(crash).stderr).toContain("refresh_token: 'the-secret-of-a-crash'")
})

function run(program: string) {
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const flags = ['--input-type=module', '--eval', program]
  return spawnSync(process.execPath, flags, { cwd, encoding: 'utf8' })
}

interface Started {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly address: Promise<string>
  readonly ended: Promise<unknown>
  /** Both streams, from the beginning. */
  output(): string
}

function startBff(env: Record<string, string>): Started {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(process.execPath, [main], {
    env: {
      ...env,
      PUBLIC_URL: publicUrl,
      PORT: '0',
      OIDC_CLIENT_ID: client.clientId,
      OIDC_CLIENT_SECRET: client.clientSecret,
      SESSION_SECRET: sessionSecret,
      SPA_DIR: '',
      LOG_LEVEL: 'trace',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const listening = Promise.withResolvers<string>()
  const ended = once(child, 'close')
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      const [, address] = /"address":"([^"]+)"/.exec(output) ?? []
      if (address) listening.resolve(address)
    })
  }
  void ended.then(() => listening.reject(new Error(`it ended: ${output}`)))
  return { child, address: listening.promise, ended, output: () => output }
}

/** Finds the app at the address where it listens, as behind a proxy. */
function browserAt(address: string): Browser {
  const net: typeof fetch = (input, init) => {
    const asked = new Request(input, init)
    const { origin } = new URL(asked.url)
    return origin === publicUrl ? send(address, asked) : fetch(asked)
  }
  return openBrowser({ fetch: net, host: () => {}, unplug: () => {} }, publicUrl)
}

/** Over node:http, since `fetch` has a mind of its own about what a request says of where it comes from. */
async function send(address: string, { url, method, headers }: Request): Promise<Response> {
  const { pathname, search } = new URL(url)
  const sent = request(address + pathname + search, {
    method,
    headers: Object.fromEntries(headers),
    agent: false,
  })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const told = new Headers()
  for (const [name, values] of Object.entries(answer.headersDistinct))
    for (const value of values ?? []) told.append(name, value)
  const body = await text(answer)
  return new Response(body === '' ? null : body, { status: answer.statusCode ?? 0, headers: told })
}

async function listen(app: Hono): Promise<string> {
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
