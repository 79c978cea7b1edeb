import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { noteLine } from '../testing/heard.ts'
import { freshFolder, processSecrets } from '../testing/own-process.ts'
import { progressBar } from './progress-bar.ts'
import { table } from './table.ts'

const program = fileURLToPath(new URL('./strongroom.ts', import.meta.url))

const config = `export default {
  grants: { digest: { title: 'Digest', sentence: 'Writes a digest.', scopes: ['notes'] } },
  jobs: [
    { name: 'nightly-digest', grant: 'digest', schedule: '0 2 * * *', run() {} },
    { name: 'by-hand', grant: 'digest', run() {} },
  ],
}`

/** The command line in a folder of its own, with settings that are well unless they are changed. */
function start(args: readonly string[], file: string | null = config, env = {}, dotEnv = '') {
  const folder = freshFolder()
  if (dotEnv !== '') writeFileSync(join(folder, '.env'), dotEnv)
  if (file !== null) writeFileSync(join(folder, 'strongroom.config.mjs'), file)
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: {
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'app',
      OIDC_CLIENT_SECRET: processSecrets[0],
      SESSION_SECRET: processSecrets[1],
      API_UPSTREAM: 'http://127.0.0.1:9',
      SPA_DIR: '',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  createInterface(child.stdout).on('line', noteLine)
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return {
    child,
    ended: ended.then(([out, err, [code]]) => ({ out, err, code: code as number | null })),
  }
}

const run = (args: readonly string[], file?: string | null, env = {}) =>
  start(args, file, env).ended

test('without a command it tells what there is, in lines that fit a terminal of 80 columns', async () => {
  const [none, help, jobs] = await Promise.all([run([]), run(['--help']), run(['help', 'jobs'])])

  expect(none).toEqual({
    out: expect.stringMatching(/^Usage: strongroom <command>/),
    err: '',
    code: 0,
  })
  expect(help.out).toBe(none.out)
  expect(jobs.out).toContain('strongroom jobs run <job> (--user <sub> | --all)')
  const longest = Math.max(...`${none.out}${jobs.out}`.split('\n').map(({ length }) => length))
  expect(longest).toBeLessThanOrEqual(80)
})

test('tells its version', async () => {
  expect(await run(['--version'])).toMatchObject({
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    code: 0,
  })
})

test.each([
  [['jbos'], 'There is no command "jbos". Did you mean jobs?'],
  [['constructor'], 'There is no command "constructor".'],
  [['help', 'constructor'], 'There is no command "constructor".'],
  [['jobs', '--ops-port', '99999'], '--ops-port needs a number up to 65535.'],
  [['jobs', 'lsit'], 'jobs has no "lsit". Did you mean list?'],
  [['jobs', 'run'], 'run takes the name of one job.'],
  [['jobs', 'run', 'nightly-digest'], 'run takes either --user <sub> or --all.'],
  [['jobs', 'run', 'nightly-digest', '--user', ''], '--user needs the name of a user.'],
  [['jobs', '--all'], '--user, --all and --json belong to list or run.'],
  [
    ['jobs', 'run', 'nightly', '--all'],
    'There is no job "nightly". Known are nightly-digest, by-hand.',
  ],
  [['jobs', 'run', 'by-hnad', '--all'], 'There is no job "by-hnad". Did you mean by-hand?'],
])('%j is told to be wrong, with what is right', async (args, said) => {
  const { code, err, out } = await run(args)

  expect(err).toContain(said)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

test('wrong settings are told all at once, and no secret is repeated', async () => {
  const faulty = config
    .replace("'0 2 * * *'", "'0 25 * * *'")
    .replace("grant: 'digest', run", "grant: 'digset', run")

  const { code, err } = await run(['jobs', 'list'], faulty, {
    SESSION_SECRET: 'too-short-a-secret',
  })

  expect(code).toBe(2)
  expect(err).toContain('strongroom.config.mjs jobs[0].schedule')
  expect(err).toMatch(
    /strongroom\.config\.mjs jobs\[1\]\.grant +names no grant\. Did you mean digest\?/,
  )
  expect(err).toContain('SESSION_SECRET')
  expect(err).not.toContain('too-short-a-secret')
})

test('a port for metrics that is taken is told of as a wrong command line', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const { code, err } = await run(['jobs', '--ops-port', String(port)], config, {
    STORE_URL: `sqlite:${join(freshFolder(), 'store.db')}`,
  })

  expect(code).toBe(2)
  expect(err).toContain(`--ops-port can't have ${port}: it is taken`)
})

test('the runner’s metrics can be had where OPS_HOST says, of which it warns', async () => {
  const { child, ended } = start(['jobs', '--ops-port', '0'], config, { OPS_HOST: '0.0.0.0' })
  const { promise: told, resolve } = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk) => String(chunk).includes('"notice"') && resolve())
  await told

  child.kill('SIGTERM')

  const { out } = await ended
  expect(out).toContain('"address":"http://0.0.0.0:0/metrics"')
  expect(out).toContain('The metrics are served on 0.0.0.0 to whoever asks')
})

test('under a profile the runner starts while the provider can’t be asked whether it keeps it', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { child, ended } = start(['jobs'], config, {
    OIDC_PROFILE: 'fapi2',
    OIDC_ISSUER: 'https://127.0.0.1:9',
    OIDC_CLIENT_SECRET: '',
    OIDC_CLIENT_KEY: JSON.stringify(privateKey.export({ format: 'jwk' })),
    OIDC_DPOP: 'on',
  })
  const { promise: told, resolve } = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk) => String(chunk).includes('"jobs-running"') && resolve())
  await told

  child.kill('SIGTERM')

  expect(await ended).toMatchObject({ code: 0, err: '' })
})

test('serve, jobs and doctor read what init has put into .env', async () => {
  const unset = { SESSION_SECRET: '' }
  const dotEnv = `SESSION_SECRET=${processSecrets[1]}\n`
  const [{ err, code }, doctor, serve, without] = await Promise.all([
    start(['jobs', 'list'], config, unset, dotEnv).ended,
    start(['doctor', '--json'], config, unset, dotEnv).ended,
    start(['serve'], config, { ...unset, PORT: 'x' }, dotEnv).ended,
    start(['jobs', 'list'], config, unset).ended,
  ])

  expect({ err, code }).toEqual({ err: '', code: 0 })
  expect(doctor.out).toContain('"Every setting can be used."')
  expect(serve.err).toContain('One setting needs attention:\n\n  PORT ')
  expect(without.err).toContain('SESSION_SECRET')
})

test('the jobs need no app that is built', async () => {
  const { code, err } = await run(['jobs', 'list'], config, { SPA_DIR: freshFolder() })

  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('lists the jobs, for people and for programs', async () => {
  const [shown, json] = await Promise.all([run(['jobs', 'list']), run(['jobs', 'list', '--json'])])

  expect(shown).toMatchObject({ err: '', code: 0 })
  const [head, first, second] = shown.out.split('\n')
  expect(head).toMatch(/^JOB +GRANT +SCHEDULE +NEXT \(UTC\) +USERS +DUE$/)
  expect(first).toMatch(/^nightly-digest +digest +0 2 \* \* \* UTC +\d{4}-\d\d-\d\d 02:00 +0 +0$/)
  expect(second).toMatch(/^by-hand +digest +when asked to +– +0 +0$/)
  expect(
    json.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
    { name: 'nightly-digest', users: 0, due: 0 },
    { name: 'by-hand', nextInstant: null },
  ])
})

test('a job of a user who has not connected its grant has not run', async () => {
  const [one, all] = await Promise.all([
    run(['jobs', 'run', 'by-hand', '--user', 'ada']),
    run(['jobs', 'run', 'by-hand', '--all']),
  ])

  expect(one).toMatchObject({ out: 'ada: not-connected after 0.0 s.\n', code: 1 })
  expect(all).toMatchObject({ out: 'by-hand: nobody has connected its grant.\n', code: 0 })
})

test('the runner runs until it is told to stop, and then ends in order', async () => {
  const { child, ended } = start(['jobs'])
  const { promise: running, resolve } = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk) => String(chunk).includes('"jobs-running"') && resolve())
  await running

  child.kill('SIGTERM')

  expect(await ended).toMatchObject({ code: 0, err: '' })
})

test('the runner tells at its start what an operator should know, as the server does', async () => {
  const { child, ended } = start(['jobs'])
  const { promise: told, resolve } = Promise.withResolvers<void>()
  child.stdout.on('data', (chunk) => String(chunk).includes('"notice"') && resolve())
  await told

  child.kill('SIGTERM')

  expect((await ended).out).toContain('The store is a file of this machine')
})

test('there is nothing for the runner to do without jobs', async () => {
  expect(await run(['jobs'], null)).toMatchObject({
    code: 2,
    err: 'There are no jobs. Add some to strongroom.config.ts.\n',
  })
})

test('on a terminal the progress is a bar that fits it, elsewhere a line at every tenth', () => {
  let now = 0
  const written: Record<'terminal' | 'file', string[]> = { terminal: [], file: [] }
  const outputs = (['terminal', 'file'] as const).map((kind) =>
    progressBar(
      {
        isTTY: kind === 'terminal',
        columns: 60,
        write: (text: string | Uint8Array) => Boolean(written[kind].push(String(text))),
      },
      100,
      false,
      () => now,
    ),
  )

  for (let step = 0; step < 100; step += 1) {
    now += 50
    for (const bar of outputs) bar.step(step === 50)
  }
  for (const bar of outputs) bar.end()

  expect(written.file).toHaveLength(10)
  expect(written.file.at(-1)).toBe('100 of 100, 1 not done, 20 a second\n')
  const drawn = written.terminal.map((text) => text.replace('\r\u001B[2K', ''))
  expect(Math.max(...drawn.map(({ length }) => length))).toBeLessThanOrEqual(60)
  expect(drawn.length).toBeLessThan(60)
  expect(drawn.at(-2)).toMatch(/^█+ {2}100 of 100/)
  expect(written.terminal.at(-1)).toBe('\r\u001B[2K')
})

test('a table has columns as wide as what is in them', () => {
  expect(table(['A', 'MANY'], [['long', '7']], [1])).toBe('A     MANY\nlong     7\n')
})
