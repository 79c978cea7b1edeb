import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { build } from 'vite'

const settings = {
  HOST: '127.0.0.1',
  PORT: '0',
  OIDC_ISSUER: 'http://127.0.0.1:9',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'the-secret-of-the-client',
  API_UPSTREAM: 'http://127.0.0.1:9',
  SESSION_SECRET: 'a secret of a build of our own that is long enough',
  SPA_DIR: '',
}

test(
  'the build serves by itself, workers included, and holds back what is not needed at the start',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const root = fileURLToPath(new URL('..', import.meta.url))
    await build({ root, logLevel: 'error', build: { outDir: folder } })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')

    const env = { ...settings, STORE_URL: `sqlite:${join(folder, 'store.db')}` }
    const child = spawn(process.execPath, [join(folder, 'main.js'), '--workers', '2'], { env })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'close')
    const errors = text(child.stderr)
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
    await expect.poll(() => said, { timeout: 20_000 }).toContain('"name":"listening"')
    const [, address] = /"listening","address":"([^"]+)"/.exec(said) ?? []
    const health = await fetch(`${address}/healthz`)
    const call = await fetch(`${address}/api/notes`, { headers: { 'X-CSRF': '1' } })
    child.kill('SIGTERM')
    const [code] = await ended

    expect([health.status, call.status, code]).toEqual([200, 401, 0])
    expect(await errors).toBe('')
    const courier = fork(join(folder, 'courier-process.js'), [], { stdio: 'ignore', execArgv: [] })
    onTestFinished(() => void courier.kill('SIGKILL'))
    expect(await once(courier, 'message')).toContain('ready')
    const main = readFileSync(join(folder, 'main.js'), 'utf8')
    for (const [name, sign] of [
      ['undici', 'UND_ERR_'],
      ['the client of Redis', 'ZRANGEBYSCORE'],
      ['prom-client', 'nodejs_eventloop_lag'],
    ] as const) {
      expect(main.includes(sign), `${name} is loaded at the start`).toBe(false)
    }
  },
)
