import { X509Certificate } from 'node:crypto'
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readClientCertificate } from '../base/client-certificate.ts'
import { readClientKeys } from '../base/client-keys.ts'
import { readDecryptionKeys } from '../base/decryption-keys.ts'
import { freshFolder } from '../testing/own-process.ts'
import { runStrongroom } from '../testing/run-strongroom.ts'

// A process of its own takes its time on a busy machine.
vi.setConfig({ testTimeout: 40_000 })

const keygen = (folder: string, ...args: readonly string[]) =>
  runStrongroom(folder, ['keygen', ...args])

const modeOf = (folder: string, name: string) => statSync(join(folder, name)).mode & 0o777
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')

test.for(['ECDH-ES', 'RSA-OAEP-256'])(
  'a key for what the provider encrypts (%s) is for nothing else',
  async (alg) => {
    const folder = freshFolder()

    const { code, err, out } = await keygen(folder, '--client-key', 'key.json', '--alg', alg)

    expect(code).toBe(0)
    expect(err).toContain('to encrypt for')
    expect(modeOf(folder, 'key.json')).toBe(0o600)
    const keys = readDecryptionKeys(read(folder, 'key.json'))
    expect(keys).toMatchObject([{ algorithms: [alg] }])
    expect(JSON.parse(out)).toEqual(keys[0]?.publicJwk)
    expect(readClientKeys(read(folder, 'key.json'))).toEqual([])
  },
)

test('a key is added behind those that are there, which go on', async () => {
  const folder = freshFolder()
  await keygen(folder, '--client-key', 'keys.json')
  const [first] = readClientKeys(read(folder, 'keys.json'))

  const enc = await keygen(folder, '--client-key', 'keys.json', '--alg', 'ECDH-ES', '--add')
  const next = await keygen(folder, '--client-key', 'keys.json', '--alg', 'Ed25519', '--add')

  expect([enc.code, next.code]).toEqual([0, 0])
  expect(next.err).toContain('behind those that were there')
  const keys = read(folder, 'keys.json')
  expect(readClientKeys(keys).map(({ algorithm }) => algorithm)).toEqual(['ES256', 'Ed25519'])
  expect(readClientKeys(keys)[0]?.kid).toBe(first?.kid)
  expect(readDecryptionKeys(keys)).toHaveLength(1)
  expect(modeOf(folder, 'keys.json')).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['keys.json'])
})

test.for([
  ['is not there', '', 'can’t be read (ENOENT)'],
  ['is PEM', '-----BEGIN PRIVATE KEY-----', 'holds no JWK'],
  ['holds a public key', '{"kty":"EC","crv":"P-256","x":"a","y":"b"}', 'without its private half'],
] as const)('a file that %s gets no key added, and stays as it is', async ([, before, why]) => {
  const folder = freshFolder()
  if (before !== '') writeFileSync(join(folder, 'keys.json'), before)

  const { code, err, out } = await keygen(folder, '--client-key', 'keys.json', '--add')

  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain(why)
  expect(readdirSync(folder).map((name) => read(folder, name))).toEqual(before ? [before] : [])
})

const certificate = ['--tls-cert', 'client.pem', '--tls-key', 'client-key.pem']

test('a certificate of its own making is one that Strongroom can show, and tells what to register', async () => {
  const folder = freshFolder()

  const { code, err, out } = await keygen(folder, ...certificate, '--name', 'notes', '--days', '30')

  expect(code).toBe(0)
  expect([modeOf(folder, 'client.pem'), modeOf(folder, 'client-key.pem')]).toEqual([0o600, 0o600])
  const [cert, key] = [read(folder, 'client.pem'), read(folder, 'client-key.pem')]
  const { chain } = readClientCertificate(cert, key, Date.now() / 1000)
  const read509 = new X509Certificate(chain)
  expect(read509.subject).toBe('CN=notes')
  expect(read509.ca).toBe(false)
  expect(read509.verify(read509.publicKey)).toBe(true)
  const days = (Date.parse(read509.validTo) - Date.now()) / 86_400_000
  expect(Math.round(days)).toBe(30)
  expect(JSON.parse(out)).toMatchObject({ keys: [{ x5c: [read509.raw.toString('base64')] }] })
  expect(out).not.toContain('"d"')
  expect(err).toContain(read509.validToDate.toISOString().slice(0, 10))
})

test.for(['client.pem', 'client-key.pem'])(
  'a certificate is not made where %s is there: it may be in use',
  async (there) => {
    const folder = freshFolder()
    writeFileSync(join(folder, there), 'in use')

    const { code, err, out } = await keygen(folder, ...certificate)

    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(`${there} is there already`)
    expect(readdirSync(folder)).toEqual([there])
    expect(read(folder, there)).toBe('in use')
  },
)

test.for([
  [['--add'], '--add belongs to --client-key.'],
  [['--days', '3'], '--days belongs to --tls-cert.'],
  [['--tls-cert', 'a'], 'needs two files'],
  [['--tls-key', 'a'], 'needs two files'],
  [['--tls-cert', 'a', '--tls-key', 'a'], 'needs two files'],
  [[...certificate, '--days', 'many'], '--days needs a number'],
  [[...certificate, '--client-key', 'key.json'], 'one after the other'],
] as const)('%j is told to be wrong', async ([args, said]) => {
  const folder = freshFolder()

  const { code, err, out } = await keygen(folder, ...args)

  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(said)
  expect(readdirSync(folder)).toEqual([])
})
