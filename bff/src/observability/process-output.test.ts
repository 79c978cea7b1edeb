import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import {
  browserAt,
  listen,
  listeningProvider,
  processSecrets,
  startBff,
} from '../testing/own-process.ts'
import { secretSearch } from '../testing/secret-search.ts'

// A process of its own takes its time on a busy machine.
const patience = { timeout: 30_000 }

test(
  'a process holds no secret in what it writes, from its start to its end',
  patience,
  async () => {
    const api = await listen(
      new Hono().all('*', (c) => c.text(c.req.header('Authorization') ?? '')),
    )
    const provider = await listeningProvider()
    const bff = startBff({
      OIDC_ISSUER: provider.issuer,
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
    search.know(...processSecrets, 'password-of-the-store', ...provider.issued)
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
