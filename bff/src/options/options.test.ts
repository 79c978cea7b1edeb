import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { optionsFromEnv } from './from-env.ts'
import { resolveOptions } from './resolve-options.ts'
import { startupNotices, storeName } from './startup-notices.ts'

const secret = 'correct horse battery staple and then some'

const good = {
  OIDC_ISSUER: 'https://id.example.com/tenant',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'client-secret',
  API_UPSTREAM: 'http://127.0.0.1:4000/v1',
  SESSION_SECRET: secret,
  SPA_DIR: '',
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

function faults(changes: Record<string, string>): readonly string[] {
  const options = optionsFromEnv({ ...good, ...changes })
  return options.ok ? [] : options.error.map(({ option, text }) => `${option} ${text}`)
}

test('the four things that nobody else can know are enough', () => {
  const options = optionsFromEnv(good)
  const settings = options.ok ? resolveOptions(options.value.bff) : options

  expect(settings).toMatchObject({
    ok: true,
    value: { provider: { scope: 'openid profile email offline_access' } },
  })
  expect(options).toMatchObject({
    ok: true,
    value: {
      host: '127.0.0.1',
      port: 3000,
      bff: {
        publicUrl: 'http://localhost:3000',
        provider: { issuer: 'https://id.example.com/tenant', clientId: 'app' },
        upstreams: [{ prefix: '/api', target: 'http://127.0.0.1:4000/v1' }],
        session: { idleSeconds: 1800, maxSeconds: 28_800 },
        store: 'sqlite:.strongroom/store.db',
        spaDir: null,
        rateLimitPerMinute: 300,
      },
    },
  })
})

const wrong: readonly [string, string, RegExp][] = [
  ['PUBLIC_URL', 'app.example.com', /is not a URL/],
  ['PUBLIC_URL', 'http://app.example.com', /is plain http/],
  ['PUBLIC_URL', 'https://app.example.com/app', /Give https:\/\/app\.example\.com alone/],
  ['OIDC_ISSUER', '', /is missing/],
  ['OIDC_ISSUER', 'http://id.example.com', /is plain http/],
  ['OIDC_ISSUER', 'https://login.example.com/{tenantid}/v2.0', /placeholder/],
  ['OIDC_ISSUER', 'https://id.example.com/?x', /query/],
  ['OIDC_ISSUER', 'https://user:pw@id.example.com/', /user name or password/],
  ['SESSION_IDLE_SECONDS', '30000', /longer than 28800/],
  ['OIDC_CLIENT_ID', '', /is missing/],
  ['RATE_LIMIT_PER_MINUTE', 'many', /is not a whole number from 0/],
  ['OIDC_CLIENT_SECRET', '', /is missing/],
  ['OIDC_CLIENT_KEY_FILE', '/nowhere', /can’t be read/],
  ['OIDC_CLIENT_KEY_FILE', import.meta.filename, /holds no private key/],
  ['OIDC_CLIENT_JWKS_PATH', 'jwks', /is not a path/],
  ['OIDC_DPOP', 'yes', /neither on nor off/],
  ['OIDC_CLIENT_JWKS_PATH', '/auth/*', /more than a path/],
  ['OIDC_CLIENT_JWKS_PATH', '/', /is the app itself/],
  ['OIDC_CLIENT_JWKS_PATH', '/auth/login', /is where Strongroom or an API answers/],
  ['OIDC_CLIENT_JWKS_PATH', '/auth/callback', /is where Strongroom or an API answers/],
  ['OIDC_CLIENT_JWKS_PATH', '/auth/session', /is where Strongroom or an API answers/],
  ['OIDC_CLIENT_JWKS_PATH', '/auth/jwks/', /is where Strongroom or an API answers/],
  ['OIDC_CLIENT_JWKS_PATH', '/healthz', /is where Strongroom or an API answers/],
  ['OIDC_CLIENT_JWKS_PATH', '/readyz', /is where Strongroom or an API answers/],
  ['OIDC_CLIENT_JWKS_PATH', '/api/jwks', /is where .* answers \(.*\/api, and all below\)/],
  ['OIDC_CLIENT_JWKS_PATH', '/%61uth/login', /more than a path/],
  ['OIDC_CLIENT_AUTH', 'none', /confidential client must not/],
  ['OIDC_CLIENT_AUTH', 'magic', /not a method/],
  ['OIDC_AUTHORIZE_PARAMS', 'audience=x&state=y', /sets state/],
  ['OIDC_AUTHORIZE_PARAMS', 'max_age=soon', /no whole number of seconds/],
  ['OIDC_SCOPE', 'profile email', /lacks "openid"/],
  ['API_UPSTREAM', 'localhost:4000', /is not a URL/],
  ['API_UPSTREAM', 'http://user:pw@api.example.com', /user name or password/],
  ['API_UPSTREAM', 'http://api.example.com/?v=1', /query/],
  ['SESSION_SECRET', '', /is missing/],
  ['SESSION_SECRET', 'short', /fewer than 32/],
  ['SESSION_SECRET', `${secret},short`, /fewer than 32/],
  ['SESSION_SECRET', 'a'.repeat(64), /easy to guess/],
  ['SESSION_SECRET', `${secret}ü`, /not printable ASCII/],
  ['SESSION_IDLE_SECONDS', 'soon', /whole number/],
  ['SESSION_MAX_SECONDS', '-1', /whole number/],
  ['SESSION_MODE', 'magic', /not a mode known here/],
  ['STORE_URL', 'mysql://x', /not a store known here/],
  ['STORE_URL', 'redis:', /not a URL/],
  ['STORE_URL', 'redis://:pass/word@cache', /not a URL/],
  ['STORE_URL', 'rediss://:100%@cache', /not a URL/],
  ['STORE_URL', 'redis://cache/first', /path that is no database/],
  ['STORE_URL', 'redis://cache?tls=true', /query/],
  ['SPA_DIR', '/nowhere', /has no index\.html/],
  ['TRUSTED_PROXIES', '10.0.0.0/8, proxy', /entry 2, which is neither/],
  ['LOG_LEVEL', 'loud', /is not a level/],
  ['PORT', '99999', /whole number/],
  ['OPS_PORT', 'on', /whole number/],
  ['SHUTDOWN_DELAY_SECONDS', '-1', /whole number/],
  ['SHUTDOWN_GRACE_SECONDS', '0', /whole number/],
  ['OPS_PORT', '3000', /is the same as PORT/],
]

test.for(wrong)('%s=%s is told with its cure', ([name, value, text]) => {
  const [fault, ...others] = faults({ [name]: value })

  expect(fault).toMatch(new RegExp(`^${name} `))
  expect(fault).toMatch(text)
  expect(others).toEqual([])
})

test('takes plain http for this machine, several secrets, and a built app', () => {
  const spaDir = mkdtempSync(join(tmpdir(), 'strongroom-spa-'))
  onTestFinished(() => rmSync(spaDir, { recursive: true }))
  writeFileSync(join(spaDir, 'index.html'), '')

  expect(
    faults({
      PUBLIC_URL: 'http://localhost:8080',
      OIDC_ISSUER: 'http://127.0.0.1:9000',
      SESSION_SECRET: `${secret}, another ${secret}`,
      SPA_DIR: spaDir,
      STORE_URL: 'memory:',
    }),
  ).toEqual([])
})

test('a row without a prefix is told as that, and not as one that takes every path', () => {
  const options = resolveOptions({
    publicUrl: 'https://app.example.com',
    provider: {
      issuer: good.OIDC_ISSUER,
      clientId: 'app',
      clientSecret: 'secret',
      clientJwksPath: '/keys',
    },
    upstreams: [{ prefix: '' as '/api', target: 'https://api.example.com' }],
    session: { secrets: [secret] },
  })

  expect(options).toMatchObject({ error: [{ option: 'upstreams[0].prefix' }] })
})

test.for(['/auth/jwks', '/.well-known/jwks.json', '/keys', '/apikeys'])(
  'public keys may be served at %s',
  (path) => {
    expect(faults({ OIDC_CLIENT_JWKS_PATH: path })).toEqual([])
  },
)

test('the process lists every fault at once, exits 2, and repeats no secret', () => {
  const run = spawnSync(process.execPath, [main], {
    encoding: 'utf8',
    env: {
      OIDC_ISSUER: 'ftp://id.example.com',
      OIDC_CLIENT_SECRET: 'the-client-secret',
      SESSION_SECRET: 'too-short-a-secret',
      PORT: 'x',
    },
  })

  expect(run.status).toBe(2)
  expect(run.stdout).toBe('')
  for (const name of ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'API_UPSTREAM', 'SESSION_SECRET', 'PORT']) {
    expect(run.stderr).toContain(`\n  ${name} `)
  }
  expect(run.stderr).not.toMatch(/the-client-secret|too-short-a-secret/)
})

test('what an ID token may be signed with is an asymmetric algorithm', () => {
  const check = (algorithm: string) =>
    resolveOptions({
      publicUrl: 'https://app.example.com',
      provider: {
        issuer: good.OIDC_ISSUER,
        clientId: 'app',
        clientSecret: 'secret',
        idTokenAlgorithm: algorithm as 'RS256',
      },
      upstreams: [],
      session: { secrets: [secret] },
    })

  expect(check('ES256').ok).toBe(true)
  for (const algorithm of ['none', 'HS256', 'RSA-OAEP', '']) {
    expect(check(algorithm)).toMatchObject({ error: [{ option: 'provider.idTokenAlgorithm' }] })
  }
})

test('a store that can’t be opened is a fault like any other', () => {
  const run = spawnSync(process.execPath, [main], {
    encoding: 'utf8',
    env: { ...good, STORE_URL: `sqlite:${main}` },
  })

  expect(run.status).toBe(2)
  expect(run.stderr).toMatch(/\n {2}STORE_URL {2}can't be opened/)
})

const secretFiles: readonly [string, string | null, string, RegExp][] = [
  ['is set beside SESSION_SECRET', secret, secret, /beside SESSION_SECRET/],
  ['is not there', null, '', /can't be read \(Error ENOENT/],
  ['is empty', '', '', /is missing/],
  ['holds a short secret', 'short', '', /fewer than 32/],
]

test.for(secretFiles)('a SESSION_SECRET_FILE that %s is told', ([, content, beside, text]) => {
  const path = join(mkdtempSync(join(tmpdir(), 'strongroom-secret-')), 'secret')
  onTestFinished(() => rmSync(dirname(path), { recursive: true }))
  if (content !== null) writeFileSync(path, content)

  expect(faults({ SESSION_SECRET: beside, SESSION_SECRET_FILE: path })).toEqual([
    expect.stringMatching(new RegExp(`^SESSION_SECRET_FILE .*${text.source}`)),
  ])
})

test('takes the secrets from a file in the place of the variable', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'strongroom-secret-')), 'secret')
  onTestFinished(() => rmSync(dirname(path), { recursive: true }))
  writeFileSync(path, `${secret}\n`)

  expect(faults({ SESSION_SECRET: '', SESSION_SECRET_FILE: path })).toEqual([])
})

test('serves metrics on the loopback where only a port is given', () => {
  expect(optionsFromEnv({ ...good, OPS_PORT: '9464' })).toMatchObject({
    value: { ops: { host: '127.0.0.1', port: 9464 } },
  })
  expect(optionsFromEnv(good)).toMatchObject({ value: { ops: null } })
})

test('a taken port of the metrics is told with its cure, and ends the program', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const run = spawnSync(process.execPath, [main], {
    encoding: 'utf8',
    env: { ...good, STORE_URL: 'memory:', PORT: '0', OPS_PORT: String(port) },
  })

  expect(run.status).toBe(1)
  expect(run.stderr).toContain(`Port ${port} on 127.0.0.1 is taken.`)
  expect(run.stderr).toContain(`OPS_PORT=${port + 1}`)
})

test('an empty variable counts as not set', () => {
  const options = optionsFromEnv({ ...good, HOST: '', PORT: '', STORE_URL: ' ' })

  expect(options).toMatchObject({
    ok: true,
    value: { host: '127.0.0.1', port: 3000, bff: { store: 'sqlite:.strongroom/store.db' } },
  })
})

test('says at the start what may surprise: another port, and what the store can’t do', () => {
  const bff = { publicUrl: 'http://localhost:3000', store: 'memory:' } as const
  const options = {
    ...bff,
    provider: { issuer: '', clientId: '', clientSecret: '' },
    upstreams: [],
    session: { secrets: [] },
  }

  expect(startupNotices(options, 3951)).toEqual([
    expect.stringContaining('listens on port 3951'),
    expect.stringContaining('forgets which sessions ended'),
  ])
  expect(startupNotices({ ...options, store: 'redis://:pw@r:6379/1' }, 3000)).toEqual([])
  expect(startupNotices({ ...options, store: 'redis://r' }, 3000, '127.0.0.1')).toEqual([])
  expect(storeName('redis://:pw@r:6379/1')).toBe('redis://r:6379/1')
})

const notices: readonly [notice: RegExp, changes: Record<string, string>, opsHost?: string][] = [
  [/names nobody/, {}],
  [/trusts every address/, { TRUSTED_PROXIES: '10.0.0.0/8, 0.0.0.0/0' }],
  [/trusts every address/, { TRUSTED_PROXIES: '::/0' }],
  [/metrics are served on 0\.0\.0\.0/, { TRUSTED_PROXIES: '127.0.0.1' }, '0.0.0.0'],
  [/metrics are served on ::/, { TRUSTED_PROXIES: '127.0.0.1' }, '::'],
]

test.for(notices)('tells at the start, in words like %s, of %o', ([notice, changes, opsHost]) => {
  const env = { ...good, PUBLIC_URL: 'https://app.example.com', STORE_URL: 'redis://r' }
  const options = optionsFromEnv({ ...env, ...changes })

  const told = options.ok ? startupNotices(options.value.bff, 3000, opsHost) : []

  expect(told).toEqual([expect.stringMatching(notice)])
})
