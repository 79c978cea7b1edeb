import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../testing/free-port.ts'
import { freshFolder } from '../testing/own-process.ts'
import { devSummary } from './dev-summary.ts'

const program = fileURLToPath(new URL('./strongroom.ts', import.meta.url))

function start(
  args: readonly string[],
  options: { env?: object; without?: string; folder?: string } = {},
) {
  const { env = {}, folder = freshFolder(), without } = options
  const child = spawn(process.execPath, [...hiding(without), program, 'dev', ...args], {
    cwd: folder,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const ended = Promise.all([text(child.stderr), once(child, 'exit')])
  return {
    child,
    output: () => output,
    ended: ended.then(([err, [code]]) => ({ err, code: code as number | null })),
  }
}

/** As on a machine where a package is not installed. */
function hiding(name: string | undefined): readonly string[] {
  if (name === undefined) return []
  const hook = `import { registerHooks } from 'node:module'
    registerHooks({ resolve(specifier, context, next) {
      if (specifier !== '${name}') return next(specifier, context)
      throw Object.assign(new Error("Cannot find package '${name}'"), { code: 'ERR_MODULE_NOT_FOUND' })
    } })`
  return ['--import', `data:text/javascript,${encodeURIComponent(hook)}`]
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const ownProvider = {
  OIDC_ISSUER: 'http://127.0.0.1:9',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'the-secret-of-the-client',
  API_UPSTREAM: 'http://127.0.0.1:9',
}

// A process of its own takes its time on a busy machine.
const patience = { timeout: 40_000 }

test(
  'tells where to open what, and what does not answer yet; Ctrl-C ends it',
  patience,
  async () => {
    const spa = await takenPort()
    const port = await freePort()
    const { child, ended, output } = start(
      ['--spa', `http://127.0.0.1:${spa}`, '--port', String(port)],
      { env: ownProvider },
    )

    await expect.poll(output, { timeout: 30_000 }).toContain('Ctrl-C ends it')
    const health = await fetch(`http://127.0.0.1:${port}/healthz`)
    child.kill('SIGINT')

    expect(health.status).toBe(200)
    expect(await ended).toEqual({ err: '', code: 0 })
    expect(output()).toMatch(new RegExp(`App +http://127.0.0.1:${spa} +all else goes there`))
    expect(output()).toMatch(/\/api +http:\/\/127\.0\.0\.1:9 +nothing answers there yet/)
    expect(output()).not.toContain('\u001B')
  },
)

test('a port that is taken is told with the way out', patience, async () => {
  const port = await takenPort()

  const { code, err } = await start(['--port', String(port)], { env: ownProvider }).ended

  expect(err).toContain(`Port ${port} on 127.0.0.1 is taken.`)
  expect(err).toContain(`--port ${port + 1}`)
  expect(code).toBe(2)
})

test.each([
  [['--spa', 'localhost:5173'], '--spa localhost:5173 is not a URL.'],
  [['--api', 'nope'], '--api nope is not a URL.'],
  [['--port', '0'], '--port needs a number from 1 to 65535.'],
  [['--provider-port', 'x'], '--provider-port needs a number from 1 to 65535.'],
  [['--sap', 'x'], "Unknown option '--sap'. Did you mean --spa?"],
])('%j is told to be wrong', async (args, said) => {
  const { code, err } = await start(args).ended

  expect(err).toContain(said)
  expect(code).toBe(2)
})

test.each([
  ['oidc-provider', []],
  ['selfsigned', ['--https']],
])('without %s it says how to install it', async (without, args) => {
  const api = ['--api', 'http://127.0.0.1:9', '--port', String((await takenPort()) + 1)]

  const { code, err } = await start([...api, ...args], { without }).ended

  expect(err).toContain(`npm install --save-dev ${without}\n`)
  expect(code).toBe(2)
})

test('an .env that can’t be read is told, not thrown', async () => {
  const folder = freshFolder()
  mkdirSync(join(folder, '.env'))

  const { code, err } = await start([], { folder }).ended

  expect(err).toContain(".env  can't be read (Error EISDIR")
  expect(code).toBe(2)
})

test('wrong settings are told as everywhere, and no secret is repeated', patience, async () => {
  const env = { ...ownProvider, SESSION_SECRET: 'too-short-a-secret' }

  const { code, err } = await start([], { env }).ended

  expect(err).toContain('SESSION_SECRET')
  expect(err).not.toContain('too-short-a-secret')
  expect(code).toBe(2)
})

test('what it tells fits a terminal of 80 columns', () => {
  const summary = devSummary({
    publicUrl: new URL('http://localhost:3000'),
    spa: new URL('http://localhost:5173'),
    issuer: 'http://127.0.0.1:3001',
    audience: 'urn:strongroom:sample-api',
    upstreams: [{ prefix: '/api', target: 'http://localhost:4000' }],
    silent: [],
    trust: null,
  })

  const longest = Math.max(...summary.split('\n').map(({ length }) => length))
  expect(longest).toBeLessThanOrEqual(80)
})
