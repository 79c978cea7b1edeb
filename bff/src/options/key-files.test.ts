import { execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ConfigFile } from './config-file.ts'
import { optionsFromEnv } from './from-env.ts'

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const jwk = JSON.stringify(key.export({ format: 'jwk' }))
const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString()

const good = {
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'app',
  API_UPSTREAM: 'https://api.example.com',
  SESSION_SECRET: 'correct horse battery staple and then some',
  SPA_DIR: '',
  STORE_URL: 'memory:',
}

function read(env: Record<string, string>, provider: object = {}) {
  const file = { name: 'strongroom.config.ts', config: { provider } } as ConfigFile
  const options = optionsFromEnv({ ...good, ...env }, file)
  return options.ok
    ? options.value
    : options.error.map(({ option, text }) => `${option} ${text}`).join('\n')
}

function inFolder(name: string, text: string | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-key-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  if (text !== null) writeFileSync(join(folder, name), text, { mode: 0o600 })
  return join(folder, name)
}

test.for<[string, string, string]>([
  ['a JWK', jwk, jwk],
  ['PEM', pem, pem.trim()],
  ['PEM on one line', pem.replaceAll('\n', String.raw`\n`), pem],
])('a variable may hold the key itself, as %s', ([, text, taken]) => {
  expect(read({ OIDC_CLIENT_KEY: text })).toMatchObject({
    bff: { provider: { clientKeys: taken } },
  })
})

test.for<[string, Record<string, () => string>, RegExp]>([
  [
    'beside the key itself',
    { OIDC_CLIENT_KEY: () => jwk, OIDC_CLIENT_KEY_FILE: () => inFolder('key.json', jwk) },
    /^OIDC_CLIENT_KEY_FILE is set beside OIDC_CLIENT_KEY\. Leave one of them out\.$/,
  ],
  [
    'that is not there',
    { OIDC_CLIENT_KEY_FILE: () => inFolder('key.json', null) },
    /^OIDC_CLIENT_KEY_FILE names a file that can’t be read \(ENOENT\)[^\n]*$/,
  ],
  [
    'that is empty',
    { OIDC_CLIENT_KEY_FILE: () => inFolder('key.json', '\n') },
    /^OIDC_CLIENT_KEY_FILE names a file that is empty\.$/,
  ],
  [
    'that is a folder',
    { OIDC_CLIENT_KEY_FILE: () => join(inFolder('key.json', jwk), '..') },
    /^OIDC_CLIENT_KEY_FILE names a folder[^\n]*$/,
  ],
  [
    'that is far too large',
    { OIDC_CLIENT_KEY_FILE: () => inFolder('key.json', `${jwk}${' '.repeat(70_000)}`) },
    /^OIDC_CLIENT_KEY_FILE names a file of \d{5} bytes[^\n]*$/,
  ],
  [
    'that holds no key',
    { OIDC_CLIENT_KEY_FILE: () => inFolder('key.json', 'hello') },
    /^OIDC_CLIENT_KEY_FILE holds no private key[^\n]*$/,
  ],
  [
    'of a certificate that is not there',
    {
      OIDC_CLIENT_SECRET: () => 'client-secret',
      OIDC_TLS_CERT_FILE: () => inFolder('cert.pem', null),
      OIDC_TLS_KEY_FILE: () => inFolder('key.pem', pem),
    },
    /^OIDC_TLS_CERT_FILE names a file that can’t be read \(ENOENT\)[^\n]*$/,
  ],
  [
    'of a certificate’s key that is not there',
    {
      OIDC_CLIENT_SECRET: () => 'client-secret',
      OIDC_TLS_CERT_FILE: () => inFolder('cert.pem', 'a certificate'),
      OIDC_TLS_KEY_FILE: () => inFolder('key.pem', null),
    },
    /^OIDC_TLS_KEY_FILE names a file that can’t be read \(ENOENT\)[^\n]*$/,
  ],
])('a file %s is told once, with what is wrong', ([, env, fault]) => {
  const said = Object.entries(env).map(([name, text]) => [name, text()] as const)

  const told = read(Object.fromEntries(said))

  expect(told).toMatch(fault)
  expect(told).not.toContain(JSON.parse(jwk).d)
})

test.skipIf(process.platform === 'win32')(
  'a pipe, which nobody may ever write to, is told and not waited for',
  () => {
    const pipe = inFolder('key.json', null)
    execFileSync('sh', ['-c', 'mkfifo "$0"', pipe])
    // A read that waited would else hold up this test for good.
    const writer = spawn('sh', ['-c', 'sleep 5; echo hello > "$0"', pipe])
    onTestFinished(() => void writer.kill())

    const told = read({ OIDC_CLIENT_KEY_FILE: pipe })

    expect(told).toMatch(/^OIDC_CLIENT_KEY_FILE names a pipe or a device, not a file\.[^\n]*$/)
  },
)

test('beside files of the environment the config file’s source is asked for what they leave out', () => {
  let certificate = 'the first one'
  const credentialSource = {
    current: () => ({ clientKeys: 'not this', clientCertificate: certificate }),
  }
  const options = read({ OIDC_CLIENT_KEY_FILE: inFolder('key.json', jwk) }, { credentialSource })
  if (typeof options === 'string') throw new Error(options)

  certificate = 'the next one'

  expect(options.bff.provider.credentialSource?.current()).toEqual({
    clientKeys: jwk,
    clientCertificate: 'the next one',
  })
})

test('what is wrong with the key in the variable is told of the variable', () => {
  expect(read({ OIDC_CLIENT_KEY: 'hello' })).toMatch(/^OIDC_CLIENT_KEY holds no private key/)
})

test.for(['/etc/strongroom/key.json', './key.pem', 'key.pem', 'C:\\keys\\key'])(
  'the name of a file where the text is wanted is told as that: %s',
  (path) => {
    const secret = { clientSecret: 'client-secret' }
    const told = [
      read({}, { clientKeys: path }),
      read({ OIDC_CLIENT_KEY: path }),
      read({}, { ...secret, clientCertificate: path, clientCertificateKey: pem }),
      read({}, { ...secret, clientCertificate: 'a certificate', clientCertificateKey: path }),
    ]

    expect(told).toEqual([
      expect.stringMatching(/^strongroom\.config\.ts provider\.clientKeys looks like the name of/),
      expect.stringMatching(/^OIDC_CLIENT_KEY looks like the name of a file/),
      expect.stringMatching(/^strongroom\.config\.ts provider\.clientCertificate looks like/),
      expect.stringMatching(/^strongroom\.config\.ts provider\.clientCertificateKey looks like/),
    ])
    expect(told.map(String).join()).not.toContain(path)
  },
)

test.skipIf(process.platform === 'win32')(
  'a file with a key that others may read is noticed, and no other',
  () => {
    const path = inFolder('key.json', jwk)
    const notices = () => {
      const options = read({ OIDC_CLIENT_KEY_FILE: path })
      return typeof options === 'string' ? options : options.notices
    }
    const before = notices()

    chmodSync(path, 0o640)

    expect(before).toEqual([])
    expect(notices()).toEqual([
      'The file of OIDC_CLIENT_KEY_FILE is open to other users of this machine: chmod 600 it.',
    ])
  },
)

const both = { OIDC_CLIENT_SECRET: 'client-secret', OIDC_CLIENT_KEY: jwk }

test.for<[string, Record<string, string>, number]>([
  ['a key and a secret', both, 1],
  ['a key and a secret, and which is meant', { ...both, OIDC_CLIENT_AUTH: 'private_key_jwt' }, 0],
  [
    'a secret, and a key that only decrypts',
    { ...both, OIDC_CLIENT_KEY: JSON.stringify({ ...JSON.parse(jwk), use: 'enc' }) },
    0,
  ],
  ['a key alone', { OIDC_CLIENT_KEY: jwk }, 0],
])('of %s it is told which proves who we are, where nobody said it', ([, env, count]) => {
  const options = read(env)

  expect(options).toMatchObject({
    notices: Array(count).fill(expect.stringContaining('the secret proves who we are')),
  })
})
