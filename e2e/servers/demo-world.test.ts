import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BffStartError } from './bff-process.ts'
import { startDemoWorld } from './demo-world.ts'
import { closeServer, listenOnLoopback } from './loopback-server.ts'

/** Stands where Strongroom's main program would: tells its environment, and misbehaves when asked to. */
const standIn = `
import { createServer } from 'node:http'
const { FAULT, HOST, PORT } = process.env
if (FAULT === 'at start') throw new Error('no way')
process.on('SIGTERM', () => FAULT !== 'hangs' && process.exit(0))
const server = createServer((request, response) => {
  if (request.url === '/die') throw new Error('out of the blue')
  response.end(JSON.stringify(process.env))
})
server.listen(Number(PORT), HOST, () => console.log('listening'))
`

let folder: string
let bffMain: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-demo-'))
  bffMain = join(folder, 'main.mjs')
  await writeFile(bffMain, standIn)
})

afterAll(() => rm(folder, { recursive: true }))

test('runs the app against a provider and an API of its own', async () => {
  const world = await startDemoWorld({ bffMain, env: { SESSION_IDLE_SECONDS: '9' } })

  const environment = await (await fetch(world.publicUrl)).json()
  await world.stop()

  expect(environment).toMatchObject({
    PUBLIC_URL: world.publicUrl,
    HOST: '127.0.0.1',
    PORT: new URL(world.publicUrl).port,
    OIDC_ISSUER: world.provider.issuer,
    OIDC_CLIENT_ID: world.provider.clientId,
    OIDC_CLIENT_SECRET: world.provider.clientSecret,
    OIDC_SCOPE: 'openid profile email offline_access notes',
    API_UPSTREAM: world.api.url,
    STORE_URL: expect.stringMatching(/^sqlite:.+store\.db$/),
    SESSION_IDLE_SECONDS: '9',
  })
  expect(environment.SESSION_SECRET.length).toBeGreaterThanOrEqual(32)
  expect(world.bff.output()).toContain('listening')
  for (const url of [world.publicUrl, world.provider.issuer, world.api.url]) {
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  }
})

test('restarts the app with the same secrets, some settings changed', async () => {
  const world = await startDemoWorld({ bffMain })
  const { process: firstRun } = world.bff
  const before = await (await fetch(world.publicUrl)).json()

  await world.bff.restart({ SESSION_MODE: 'server' })
  const after = await (await fetch(world.publicUrl)).json()
  await world.stop()

  expect(firstRun.exitCode).toBe(0)
  expect(after.SESSION_SECRET).toBe(before.SESSION_SECRET)
  expect(after.SESSION_MODE).toBe('server')
})

test('says what the app wrote when it can’t start, and leaves nothing running', async () => {
  const start = startDemoWorld({ bffMain, env: { FAULT: 'at start' } })

  const error = await start.catch((reason: unknown) => reason)

  expect(error).toBeInstanceOf(BffStartError)
  expect(error).toMatchObject({ output: expect.stringContaining('no way') })
})

test('ends an app that does not listen to reason', async () => {
  const world = await startDemoWorld({ bffMain, env: { FAULT: 'hangs' } })

  await world.stop()

  expect(await world.bff.ended).toEqual({ code: null, signal: 'SIGKILL' })
})

test('notices when the app ends by itself', async () => {
  const world = await startDemoWorld({ bffMain })

  await fetch(`${world.publicUrl}/die`).catch(() => {})
  const exit = await world.bff.ended
  await world.stop()

  expect(exit.code).toBe(1)
  expect(world.bff.output()).toContain('out of the blue')
})

test('names the port that is taken, and a way out', async () => {
  const other = createServer()
  const port = await listenOnLoopback(other, 0)

  const outcome = await npmStart(String(port))
  await closeServer(other)

  expect(outcome.code).toBe(1)
  expect(outcome.said).toMatch(new RegExp(`^Port ${port} is taken .* PORT=\\d+ npm start\n$`))
})

test('refuses a port that is none', async () => {
  const outcome = await npmStart('http')

  expect(outcome.code).toBe(1)
  expect(outcome.said).toContain('PORT is "http", but must be a number')
})

async function npmStart(port: string): Promise<{ code: number | null; said: string }> {
  const program = fileURLToPath(new URL('start.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { env: { ...process.env, PORT: port } })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const said = await text(child.stderr)
  return { code: await ended, said }
}
