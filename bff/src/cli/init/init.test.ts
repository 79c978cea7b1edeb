import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { configFromFile } from '../../options/config-file.ts'
import { optionsFromEnv } from '../../options/from-env.ts'
import { freshFolder } from '../../testing/own-process.ts'
import { runStrongroom } from '../../testing/run-strongroom.ts'
import { configText } from './file-texts.ts'

const init = (folder: string, ...args: readonly string[]) =>
  runStrongroom(folder, ['init', ...args])

const flags =
  '--issuer https://id.example.com/realm --client-id my-app --api http://localhost:4000/v1 --public-url https://app.example.com'.split(
    ' ',
  )

const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')

test('what it writes is a configuration that the server takes, once the client’s secret is there', async () => {
  const folder = freshFolder()

  const { code, err, out } = await init(folder, ...flags)

  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).not.toContain(parseEnv(read(folder, '.env'))['SESSION_SECRET'])
  // The package has no name in a folder that has installed nothing.
  const config = read(folder, 'strongroom.config.ts')
  expect(config).toContain("import { defineConfig } from 'strongroom'")
  const runnable = config
    .replace(/import .*\n/, '')
    .replace(/defineConfig\(([^]*)\)/, '($1)')
    .replace("'dist'", 'null')
  writeFileSync(join(folder, 'strongroom.config.ts'), runnable)
  const file = await configFromFile(folder)
  const env = {
    ...parseEnv(read(folder, '.env')),
    OIDC_CLIENT_SECRET: 'the-secret-of-the-client',
    SPA_DIR: '',
  }
  const options = file.ok ? optionsFromEnv(env, file.value) : file
  expect(options).toMatchObject({
    ok: true,
    value: {
      bff: {
        provider: { issuer: 'https://id.example.com/realm', clientId: 'my-app' },
        upstreams: [{ prefix: '/api', target: 'http://localhost:4000/v1' }],
      },
    },
  })
})

test('it tells what to register, to the letter', async () => {
  const { out } = await init(freshFolder(), ...flags)

  expect(out).toContain('Register at https://id.example.com/realm\n')
  for (const [name, value] of [
    ['Redirect URI', 'https://app.example.com/auth/callback'],
    ['Post-logout redirect URI', 'https://app.example.com/'],
    ['Back-channel logout URI', 'https://app.example.com/auth/backchannel-logout'],
    ['Grant types', 'authorization_code (with PKCE), refresh_token'],
    ['Client authentication', 'client_secret_post or client_secret_basic'],
  ])
    expect(out).toMatch(new RegExp(`${name} +${value?.replaceAll(/[()]/g, '\\$&')}`))
  expect(out).not.toContain('\u001B')
})

test('the secret is for its owner alone to read, is another each time, and git leaves it out', async () => {
  const [one, other] = [freshFolder(), freshFolder()]

  await Promise.all([init(one, '--yes'), init(other, '--yes')])

  const secrets = [one, other].map((folder) => parseEnv(read(folder, '.env'))['SESSION_SECRET'])
  expect(secrets[0]).toMatch(/^[\w-]{43}$/)
  expect(secrets[0]).not.toBe(secrets[1])
  expect(statSync(join(one, '.env')).mode & 0o777).toBe(0o600)
  expect(read(one, '.gitignore').split('\n')).toEqual(['.env', '.strongroom/', ''])
  expect(read(one, '.env.example')).not.toContain(secrets[0])
})

test('what is there already stays as it is, whatever its ending, and .gitignore only grows', async () => {
  const folder = freshFolder()
  writeFileSync(join(folder, 'strongroom.config.mjs'), 'export default {}')
  writeFileSync(join(folder, '.env'), 'MINE=1')
  writeFileSync(join(folder, '.gitignore'), 'dist\n/.env')

  const { out } = await init(folder, '--yes')
  const again = await init(folder, '--yes')

  expect(out).toMatch(/kept +strongroom\.config\.mjs\n +kept +\.env\n/)
  expect(out).toMatch(/extended +\.gitignore/)
  expect(read(folder, 'strongroom.config.mjs')).toBe('export default {}')
  expect(read(folder, '.env')).toBe('MINE=1')
  expect(read(folder, '.gitignore')).toBe('dist\n/.env\n.strongroom/\n')
  expect(again.out).toMatch(/kept +\.gitignore/)
})

test.each([
  [['--issuer', 'http://id.example.com', '--client-id', 'app'], '--issuer is plain http.'],
  [['--issuer', 'https://id.example.com'], '--client-id is missing.'],
  [['--api', 'nonsense'], '--api is not a URL.'],
  [['--public-url', 'http://app.example.com'], '--public-url is plain http.'],
  [['--isuer', 'x'], "Unknown option '--isuer'."],
])('%j is told to be wrong, and nothing is written', async (args, said) => {
  const folder = freshFolder()

  const { code, err } = await init(folder, '--yes', ...args)

  expect(code).toBe(2)
  expect(err).toContain(said)
  expect(() => read(folder, '.env')).toThrow(/ENOENT/)
})

test('no answer breaks out of its string', () => {
  const text = configText({
    issuer: "https://id.example.com/'+x\\",
    clientId: "a'b",
    api: 'http://localhost:4000',
    publicUrl: 'http://localhost:3000',
  })

  expect(text).toContain(`{ issuer: 'https://id.example.com/\\'+x\\\\', clientId: 'a\\'b' }`)
})

test('an .env that was there before is told to lack a secret, until it has one', async () => {
  const folder = freshFolder()
  writeFileSync(join(folder, '.env'), 'VITE_TITLE=Notes\n')

  const first = await init(folder, '--yes')
  writeFileSync(join(folder, '.env'), 'SESSION_SECRET=of-my-own\n')
  const second = await init(folder, '--yes')

  expect(first.out).toContain('echo SESSION_SECRET=$(npx strongroom keygen) >> .env')
  expect(second.out).not.toContain('keygen')
  expect(second.out).not.toContain('of-my-own')
})

test('a file that can’t be written is told, not thrown', async () => {
  const folder = freshFolder()
  mkdirSync(join(folder, '.gitignore'))

  expect(await init(folder, '--yes')).toEqual({
    out: '',
    err: expect.stringMatching(/^The files can't be written \(EISDIR\)\. See that /),
    code: 1,
  })
})
