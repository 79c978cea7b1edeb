import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { Config } from './config.ts'
import { configFromFile } from './config-file.ts'
import { optionsFromEnv } from './from-env.ts'
import { resolveOptions } from './resolve-options.ts'
import { upstreamFields } from './upstream-fields.ts'

const secret = 'correct horse battery staple and then some'
const api = { prefix: '/api', target: 'https://api.example.com/v1' } as const
const files = { prefix: '/api/files', target: 'https://files.example.com' } as const

const complete = {
  publicUrl: 'https://app.example.com',
  provider: { issuer: 'https://id.example.com', clientId: 'app', clientSecret: 'of the client' },
  session: { secrets: [secret], idleSeconds: 600 },
  upstreams: [api, files],
  spaDir: null,
} satisfies Config

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

test('a file is enough: nothing need be in the environment', () => {
  expect(optionsFromEnv({}, { name: 'strongroom.config.ts', config: complete })).toMatchObject({
    ok: true,
    value: { bff: { ...complete, store: 'sqlite:.strongroom/store.db' }, port: 3000 },
  })
})

test('whatever the environment says wins over the file', () => {
  const env = {
    PUBLIC_URL: 'https://other.example.com',
    OIDC_CLIENT_ID: 'other',
    SESSION_SECRET: `another ${secret}`,
    SESSION_IDLE_SECONDS: '60',
    STORE_URL: 'memory:',
  }

  expect(optionsFromEnv(env, { name: 'strongroom.config.ts', config: complete })).toMatchObject({
    value: {
      bff: {
        publicUrl: 'https://other.example.com',
        provider: { issuer: 'https://id.example.com', clientId: 'other' },
        session: { secrets: [`another ${secret}`], idleSeconds: 60 },
        store: 'memory:',
      },
    },
  })
})

test('API_UPSTREAM is the target of /api, and leaves the other rows and fields as they are', () => {
  const rows = (upstreams: Config['upstreams'], env: NodeJS.ProcessEnv) => {
    const config = { ...complete, ...(upstreams && { upstreams }) }
    const options = optionsFromEnv(env, { name: 'strongroom.config.ts', config })
    return options.ok ? options.value.bff.upstreams : options.error
  }
  const API_UPSTREAM = 'http://127.0.0.1:4000'

  expect(rows([files, { ...api, retries: 2 }], { API_UPSTREAM })).toEqual([
    files,
    { prefix: '/api', target: API_UPSTREAM, retries: 2 },
  ])
  expect(rows([files], { API_UPSTREAM })).toEqual([files, { prefix: '/api', target: API_UPSTREAM }])
  expect(rows([files], {})).toEqual([files])
})

test('faults are named by who has said it, all at once', () => {
  const config = {
    ...complete,
    sesion: {},
    provider: { ...complete.provider, clientID: 'app', scope: 'email', trustedAudiences: 'x' },
    session: { secrets: 7, idleSeconds: '600' },
    upstreams: [{ ...api, target: 'ftp:x' }, { ...files, target: '' }, 'row'],
    rateLimitPerMinute: -1,
  } as unknown as Config
  const env = { API_UPSTREAM: 'nowhere', SESSION_MAX_SECONDS: 'x', PORT: 'x' }

  expect(faultsOf(optionsFromEnv(env, { name: 'strongroom.config.mjs', config }))).toEqual([
    'API_UPSTREAM is not a URL. Give the base URL of your API, such as http://127.0.0.1:4000/v1.',
    'PORT is not a whole number from 0 to 65535.',
    'SESSION_MAX_SECONDS is not a whole number from 60 to 31536000.',
    'strongroom.config.mjs provider.clientID is not a name known here. Did you mean clientId?',
    expect.stringMatching(/^strongroom.config.mjs provider.scope lacks "openid"/),
    'strongroom.config.mjs provider.trustedAudiences is not a list of texts.',
    'strongroom.config.mjs rateLimitPerMinute is not a whole number from 0 to 1000000.',
    'strongroom.config.mjs sesion is not a name known here. Did you mean session?',
    'strongroom.config.mjs session.idleSeconds is not a number.',
    'strongroom.config.mjs session.secrets is not a list of texts.',
    expect.stringMatching(/^strongroom.config.mjs upstreams\[1\].target is missing/),
    'strongroom.config.mjs upstreams[2] is not an object.',
  ])
})

const wrongRows: readonly [field: string, row: Record<string, unknown>, text: RegExp][] = [
  ['prefix', { prefix: undefined }, /is missing/],
  ['prefix', { prefix: 'api' }, /does not begin with a slash/],
  ['prefix', { prefix: '/' }, /the whole site/],
  ['prefix', { prefix: '/api/' }, /ends in a slash/],
  ['prefix', { prefix: '/api/../auth' }, /dot segment/],
  ['prefix', { prefix: '/api/*' }, /plain path/],
  ['prefix', { prefix: '/api/:id' }, /plain path/],
  ['prefix', { prefix: '/api//x' }, /plain path/],
  ['prefix', { prefix: '/%61pi' }, /plain path/],
  ['prefix', { prefix: '/auth/session' }, /Strongroom answers itself/],
  ['prefix', { prefix: '/healthz' }, /Strongroom answers itself/],
  ['prefix', { prefix: '/api' }, /is that of upstreams\[0\]/],
  ['prefix', { prefix: 7 }, /is not text/],
  ['target', { target: undefined }, /is missing/],
  ['target', { target: 'https://user:pw@files.example.com' }, /user name or password/],
  ['methods', { methods: [] }, /is empty/],
  ['methods', { methods: ['get'] }, /upper case/],
  ['methods', { methods: ['GET', 'CONNECT'] }, /CONNECT or TRACE/],
  ['methods', { methods: 'GET' }, /list of texts/],
  ['token', { token: 'user' }, /not a kind known here/],
  ['timeoutSeconds', { timeoutSeconds: 0 }, /above 0 and up to 3600/],
  ['timeoutSeconds', { timeoutSeconds: Number.NaN }, /above 0/],
  ['idleSeconds', { idleSeconds: '60' }, /is not a number/],
  ['maxBodyBytes', { maxBodyBytes: -1 }, /whole number/],
  ['retries', { retries: 6 }, /from 0 to 5/],
  ['simpleGet', { simpleGet: 'yes' }, /neither true nor false/],
  ['webSockets', { webSockets: 1 }, /neither true nor false/],
  ['requestHeaders', { requestHeaders: ['accept', 'Cookie'] }, /names Cookie, which never goes up/],
  ['requestHeaders', { requestHeaders: ['x y'] }, /no name of a header/],
  ['responseHeaders', { responseHeaders: ['Connection'] }, /never comes down/],
  ['accessToken', { accessToken: { by: 'exchange' } }, /asks for nothing/],
  ['accessToken.by', { accessToken: { scopes: ['files'] } }, /is missing/],
  ['accessToken.by', { accessToken: { by: 'magic', scopes: ['files'] } }, /neither "refresh"/],
  ['accessToken.resource', { accessToken: { by: 'refresh', resource: 'files' } }, /absolute URI/],
  [
    'accessToken.resource',
    { accessToken: { by: 'refresh', resource: 'https://files.example.com/#x' } },
    /without a fragment/,
  ],
  ['accessToken.audience', { accessToken: { by: 'exchange', audience: ' ' } }, /is empty/],
  ['accessToken.scopes', { accessToken: { by: 'refresh', scopes: ['a b'] } }, /without spaces/],
  [
    'accessToken.scope',
    { accessToken: { by: 'refresh', scopes: ['a'], scope: 'a' } },
    /Did you mean scopes\?/,
  ],
  [
    'accessToken',
    { token: 'none', accessToken: { by: 'refresh', scopes: ['a'] } },
    /token: "none"/,
  ],
  ['acrValues', { acrValues: [] }, /is empty/],
  ['acrValues', { acrValues: ['two factors'] }, /without spaces/],
  ['acrValues', { token: 'none', acrValues: ['gold'] }, /who has not signed in at all/],
  ['maxAge', { maxAge: 0 }, /from 1/],
  ['maxAge', { maxAge: 1.5 }, /whole number/],
  ['maxAge', { token: 'if-signed-in', maxAge: 60 }, /who has not signed in at all/],
  [
    'maxAge',
    { token: 'client', clientToken: { callers: 'anybody' }, maxAge: 60 },
    /who has not signed in at all/,
  ],
  ['accessToken', { token: 'client', accessToken: { by: 'refresh', scopes: ['a'] } }, /"client"/],
  ['clientToken', { clientToken: { scopes: ['a'] } }, /is not beside token: "client"/],
  [
    'clientToken.callers',
    { token: 'client', clientToken: { callers: 'all' } },
    /neither "signed-in"/,
  ],
  ['dpop', { dpop: true }, /is not false/],
  ['dpop', { dpop: false }, /Give the row an accessToken of its own/],
  ['timeout', { timeout: 5 }, /not a name known here/],
  ['maxBodyByte', { maxBodyByte: 5 }, /Did you mean maxBodyBytes\?/],
]

test.for(wrongRows)('a row’s %s of %j is told with its cure', ([field, row, text]) => {
  const [fault, ...others] = faultsOf(checked([api, { ...files, ...row }]))

  expect(fault).toMatch(new RegExp(`^upstreams\\[1\\]\\.${field.replace('.', '\\.')} `))
  expect(fault).toMatch(text)
  expect(others).toEqual([])
})

const neverUp = [
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'origin',
  'proxy-authorization',
  'sec-fetch-site',
  'sec-websocket-key',
  'te',
  'transfer-encoding',
  'upgrade',
  'x-csrf',
  'x-forwarded-for',
  'x-request-id',
  'x_forwarded_for',
]

test.for(neverUp)('no row may let %s go up', (name) => {
  expect(faultsOf(checked([{ ...api, requestHeaders: [name.toUpperCase()] }]))).toEqual([
    expect.stringContaining(`names ${name.toUpperCase()}, which never goes up`),
  ])
})

test('takes a row that says everything', () => {
  const row = {
    ...files,
    methods: ['GET', 'PROPFIND'],
    token: 'required',
    accessToken: {
      by: 'exchange',
      resource: 'urn:files',
      audience: 'files',
      scopes: ['files:read'],
    },
    acrValues: ['gold'],
    maxAge: 300,
    clientCertificate: false,
    dpop: false,
    timeoutSeconds: 0.5,
    idleSeconds: 60,
    maxBodyBytes: 0,
    retries: 5,
    simpleGet: true,
    webSockets: false,
    requestHeaders: ['Accept', 'X-Trace'],
    responseHeaders: ['Set-Cookie', 'access-control-allow-origin'],
  }

  const reports = {
    prefix: '/api/reports',
    target: 'https://reports.example.com',
    token: 'client',
    clientToken: { resource: 'urn:reports', audience: 'r', scopes: ['read'], callers: 'anybody' },
  }

  expect(faultsOf(checked([api, row, reports]))).toEqual([])
  expect(Object.keys({ ...row, ...reports }).toSorted()).toEqual(
    Object.keys(upstreamFields).toSorted(),
  )
})

test('a row that wants what no sign-in may be is told', () => {
  const faultsWith = (acr_values: string) =>
    faultsOf(
      resolveOptions({
        ...complete,
        provider: { ...complete.provider, authorizeParameters: { acr_values } },
        upstreams: [{ ...api, acrValues: ['gold', 'platinum'] }],
      }),
    )

  expect(faultsWith('silver gold')).toEqual([])
  expect(faultsWith('silver bronze')).toEqual([
    expect.stringMatching(/^upstreams\[0\]\.acrValues names none .* \(silver, bronze\)/),
  ])
})

test('the process reads the file of its folder, and names it beside the environment in one message', () => {
  const folder = withFile(
    'strongroom.config.ts',
    `const rows: readonly object[] = [{ prefix: '/api/', target: 'https://api.example.com' }]
    export default { upstreams: rows, provider: { clientSecret: 'the-client-secret' }, store: 'disk' }`,
  )

  const run = spawnSync(process.execPath, [main], {
    encoding: 'utf8',
    cwd: folder,
    env: { OIDC_CLIENT_ID: 'app', SESSION_SECRET: secret, SPA_DIR: '' },
  })

  expect(run.status).toBe(2)
  expect(run.stdout).toBe('')
  expect(run.stderr).toMatch(/\n {2}OIDC_ISSUER +is missing/)
  expect(run.stderr).toMatch(/\n {2}strongroom\.config\.ts store +is not a store/)
  expect(run.stderr).toMatch(/\n {2}strongroom\.config\.ts upstreams\[0\]\.prefix +ends in a slash/)
  expect(run.stderr).not.toContain('the-client-secret')
})

test('what is wrong in a file of TypeScript is told by its line', () => {
  // As a program of its own: where the tests run, the errors of Node's loader lose their class.
  const told = (content: string) => {
    const cwd = withFile('strongroom.config.ts', content)
    return spawnSync(process.execPath, [main], { cwd, env: {}, encoding: 'utf8' }).stderr
  }
  const broken = told(`export default {\n  a: '${secret}'\n  b: 2 }`)
  const translated = told('\nenum A { B }\nexport default {}')

  expect(broken).toContain('SyntaxError ERR_INVALID_TYPESCRIPT_SYNTAX in line 3). Mend it')
  expect(broken).not.toContain(secret)
  expect(translated).toMatch(/ in line 2\)\. .* no enum/)
})

test('a file that awaits what never comes is told after a while', async () => {
  const folder = withFile('strongroom.config.mjs', 'await new Promise(() => {})')

  expect(faultsOf(await configFromFile(folder, 0.05))).toEqual([
    'strongroom.config.mjs is not read after 0.05 s. See what it awaits at its top level.',
  ])
})

const unusable: readonly [content: string, text: RegExp][] = [
  ['export const config = {}', /exports no configuration/],
  ['export default []', /exports no configuration/],
  ['export default {', /can't be read \(/],
  ['export default Promise.resolve({})', /exports a promise\. Write: export default await/],
  ["import 'not-there-at-all'", /ERR_MODULE_NOT_FOUND.*: npm install not-there-at-all$/],
  ["import './not-there.ts'", /ERR_MODULE_NOT_FOUND.*A file that it imports is not there/],
  [`\nthrow new Error('quotes ${secret}')`, /can't be read \(Error in line 2\)/],
]

test.for(unusable)('a file that reads %j is told, and not quoted', async ([content, text]) => {
  const read = await configFromFile(withFile('strongroom.config.mjs', content))

  expect(faultsOf(read)).toEqual([expect.stringMatching(/^strongroom\.config\.mjs /)])
  expect(faultsOf(read)[0]).toMatch(text)
  expect(faultsOf(read)[0]).not.toContain(secret)
})

test('two files in one folder are refused: only one could count', async () => {
  const folder = withFile('strongroom.config.ts', 'export default {}')
  writeFileSync(join(folder, 'strongroom.config.js'), 'export default {}')

  expect(faultsOf(await configFromFile(folder))).toEqual([
    expect.stringMatching(/^strongroom\.config\.ts is there beside strongroom\.config\.js/),
  ])
})

test('a folder without a file says nothing', async () => {
  const folder = withFile('other.config.ts', 'throw new Error()')

  expect(await configFromFile(folder)).toMatchObject({ ok: true, value: { config: {} } })
})

function withFile(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, name), content)
  return folder
}

function checked(upstreams: readonly object[]) {
  return resolveOptions({ ...complete, upstreams: upstreams as typeof complete.upstreams })
}

function faultsOf(
  result:
    | ReturnType<typeof optionsFromEnv | typeof resolveOptions>
    | Awaited<ReturnType<typeof configFromFile>>,
) {
  return result.ok ? [] : result.error.map(({ option, text }) => `${option} ${text}`).toSorted()
}
