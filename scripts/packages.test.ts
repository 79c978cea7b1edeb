import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, expect, onTestFinished, test, type TestContext } from 'vitest'

// Both packages as somebody else has them: packed, installed into an empty folder outside of this repository, and used there.

const root = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'strongroom-packages-'))
const tarballs = {
  strongroom: join(folder, 'strongroom-0.1.0.tgz'),
  '@strongroom/client': join(folder, 'strongroom-client-0.1.0.tgz'),
}

/** What it said when it did not come about; null when all is there. */
let notInstalled: string | null = null

beforeAll(async () => {
  await run('npm', ['run', 'pack', '--', folder], { cwd: root })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }')
  const beside = ['@types/node@24', '@types/react@19', 'react@19']
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--fetch-retries=1']
  await run('npm', ['install', ...flags, ...Object.values(tarballs), ...beside], {
    cwd: folder,
  }).catch((error: { readonly stderr: string }) => {
    if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT/.test(error.stderr)) throw error
    notInstalled = 'the registry did not answer'
  })
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true }))

function needsInstalled({ skip }: TestContext): void {
  if (notInstalled !== null) skip(notInstalled)
}

test.for(Object.entries(tarballs))('publint finds no fault with %s', async ([, tarball]) => {
  const file = readFileSync(tarball)
  const pack = { tarball: new Uint8Array(file).buffer }

  const { messages, pkg } = await publint({ pack, level: 'suggestion', strict: true })

  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
})

test.for(Object.entries(tarballs))('the types of %s are what is run', async ([, tarball]) => {
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)))

  // ESM alone: `require` gets the same modules (Node 22), and what can't read `exports` gets none.
  const problems = analysis.types ? analysis.problems : ['it has no types']
  const resolutionOf = (problem: object) =>
    'resolutionKind' in problem ? problem.resolutionKind : null
  expect(
    problems.filter(
      (problem) =>
        typeof problem === 'string' || !/^node10$|-cjs$/.test(String(resolutionOf(problem))),
    ),
  ).toEqual([])
})

test.for(Object.entries(tarballs))(
  '%s holds what is run, and nothing else',
  async ([, tarball]) => {
    const { stdout } = await run('tar', ['-tzf', tarball])
    const files = stdout.trim().split('\n')

    expect(files).toContain('package/README.md')
    expect(files).toContain('package/LICENSE')
    expect(
      files.filter((file) => !/\.js$|\.d\.ts$|^package\/docs\/[^/]+\.md$/.test(file)).toSorted(),
    ).toEqual(['package/LICENSE', 'package/README.md', 'package/package.json'])
    expect(files.filter((file) => /test|fuzz|guards-off|contract/.test(file))).toEqual([])
  },
)

test('the packages say which Node they need, and depend on nothing that is here alone', async () => {
  for (const tarball of Object.values(tarballs)) {
    const { stdout } = await run('tar', ['-xzOf', tarball, 'package/package.json'])
    const manifest = JSON.parse(stdout) as Record<string, unknown>

    expect(manifest).toMatchObject({ type: 'module', license: 'MIT' })
    expect(manifest['engines']).toEqual({ node: expect.stringMatching(/^>=\d+$/) })
    expect(Object.keys(manifest)).not.toContain('devDependencies')
    expect(Object.keys(manifest)).not.toContain('scripts')
    expect(Object.keys(manifest)).not.toContain('private')
    expect(stdout).not.toMatch(/"(file|workspace):/)
  }
})

test('the examples of the pages, each entry of the client and no wrong option are what the compiler takes', async (context) => {
  needsInstalled(context)
  for (const [at, code] of examples().entries()) {
    writeFileSync(join(folder, `example-${at}.ts`), code)
  }
  writeFileSync(join(folder, 'entries.tsx'), clientEntries)
  writeFileSync(join(folder, 'wrong.ts'), wrongOptions)
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'],
    module: 'nodenext',
    types: ['node'],
    jsx: 'react-jsx',
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx'] }),
  )

  expect(examples().length).toBeGreaterThan(3)
  expect(await compile()).toBe('')
}, 60_000)

test('a server of one’s own has Strongroom in it, as the page says', async (context) => {
  needsInstalled(context)
  const [example = ''] = examples()
  const tell =
    "listener.server.on('listening', () => console.log(JSON.stringify(listener.server.address())))"
  writeFileSync(join(folder, 'server.ts'), `${example.replace('port: 3000', 'port: 0')}\n${tell}\n`)

  const { origin, stop } = await started(['server.ts'], /"port":(\d+)/)
  const get = async (path: string) => fetch(`${origin}${path}`, { headers: { 'X-CSRF': '1' } })

  expect(await (await get('/hello')).text()).toBe('Hello')
  expect(await (await get('/auth/session')).json()).toEqual({ authenticated: false })
  expect(await (await get('/api/notes')).json()).toMatchObject({ code: 'unauthenticated' })
  const page = await get('/')
  expect(await page.text()).toContain('Ours')
  expect(page.headers.get('Content-Security-Policy')).toBeNull()
  expect((await get('/elsewhere')).status).toBe(404)
  expect(await stop()).toBe(0)
}, 30_000)

test('the command line runs from the installed package', async (context) => {
  needsInstalled(context)
  const strongroom = join(folder, 'node_modules', '.bin', 'strongroom')
  writeFileSync(join(folder, 'strongroom.config.ts'), configFile)

  const help = await run(strongroom, ['--help'], { cwd: folder })
  const served = await started([strongroom, 'serve'], /"address":"http:[^"]*:(\d+)"/)

  expect(help.stdout).toContain('Usage: strongroom <command>')
  expect((await fetch(`${served.origin}/healthz`)).status).toBe(200)
  expect(await served.stop()).toBe(0)
}, 30_000)

const environment = {
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'client-secret',
  SESSION_SECRET: 'correct horse battery staple and then some',
  SPA_DIR: '',
  PORT: '0',
}

const configFile = `
import { defineConfig } from 'strongroom'
export default defineConfig({ upstreams: [{ prefix: '/api', target: 'http://127.0.0.1:4000' }] })
`

const clientEntries = `
import { createBffClient, loginPath, routes, type BffClient } from '@strongroom/client'
import { StrongroomProvider, useSession } from '@strongroom/client/react'
import { sessionViewSchema } from '@strongroom/client/schemas'
import * as query from '@strongroom/client/tanstack-query'

export const client: BffClient = createBffClient()
export const told: string = loginPath(routes.home)
export const entries = [StrongroomProvider, useSession, sessionViewSchema, query]
`

/** What a compiler must not let through. */
const wrongOptions = `
import { createBff, defineConfig } from 'strongroom'

// @ts-expect-error a name that nobody knows
defineConfig({ upstream: [] })
// @ts-expect-error one within another
defineConfig({ session: { idleSecond: 60 } })
// @ts-expect-error a value of the wrong type
defineConfig({ session: { claims: 'name' } })
// @ts-expect-error a value that is none of those known
defineConfig({ upstreams: [{ prefix: '/api', target: 'https://api.example.com', token: 'never' }] })
// @ts-expect-error what nobody can do without
createBff({ publicUrl: 'https://app.example.com' })
// @ts-expect-error an event that there is none of
defineConfig({ onEvent: (event) => event.name === 'signed-inn' })
`

function examples(): readonly string[] {
  return ['docs/library.md', 'bff/README.md'].flatMap(examplesOf)
}

function examplesOf(path: string): readonly string[] {
  const page = readFileSync(join(root, path), 'utf8')
  return [...page.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code = '']) => code)
}

async function compile(): Promise<string> {
  return run('tsc', ['-p', folder], { cwd: root }).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  )
}

/** A program of the folder, once it says on which port it listens. */
async function started(args: readonly string[], port: RegExp) {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
      const found = port.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
  }
  child.once('close', () => reject(new Error(`it ended: ${said}`)))
  return {
    origin: `http://127.0.0.1:${await listening}`,
    async stop(): Promise<number | null> {
      child.kill('SIGTERM')
      const [code] = (await once(child, 'exit')) as [number | null]
      return code
    },
  }
}
