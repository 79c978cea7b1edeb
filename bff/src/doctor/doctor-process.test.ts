import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { importJWK, jwtVerify, SignJWT } from 'jose'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readClientKeys } from '../base/client-keys.ts'
import { newAuthority, type Issued } from '../testing/certificates.ts'
import { healthy, goodSecret } from '../testing/examined.ts'
import { followed } from '../testing/link-follower.ts'
import { freshFolder } from '../testing/own-process.ts'
import { runStrongroom, strongroomProgram } from '../testing/run-strongroom.ts'
import { secretSearch } from '../testing/secret-search.ts'
import type { Finding } from './check.ts'

// A process of its own takes its time on a busy machine.
vi.setConfig({ testTimeout: 40_000 })

const run = (args: readonly string[], env: Record<string, string> = {}, cwd = freshFolder()) =>
  runStrongroom(cwd, args, env)

/** What the program says of these settings, as a machine reads it. */
async function findingsOf(env: Record<string, string>): Promise<readonly Finding[]> {
  const { out } = await run(['doctor', '--json'], env)
  const search = secretSearch()
  search.know(env['OIDC_CLIENT_SECRET'], env['SESSION_SECRET'])
  expect(search.foundIn(out)).toEqual([])
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding)
}

/** A server with such a certificate. `localhost` is its host name. */
async function tlsServer({ cert, key }: Issued): Promise<string> {
  const server = createServer({ cert, key }, (_request, response) => response.writeHead(404).end())
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `https://localhost:${(server.address() as AddressInfo).port}`
}

test('a certificate of an authority that nobody here knows, and the cure works', async () => {
  const authority = await newAuthority()
  const issuer = await tlsServer(await authority.issue({ name: 'localhost', days: 90 }))
  const { env } = await healthy()
  const file = join(freshFolder(), 'ca.pem')
  writeFileSync(file, authority.pem)

  const before = await findingsOf({ ...env, OIDC_ISSUER: issuer })
  const after = await findingsOf({ ...env, OIDC_ISSUER: issuer, NODE_EXTRA_CA_CERTS: file })

  expect(before).toContainEqual({
    id: 'tls.trusted',
    level: 'fault',
    text: expect.stringContaining('authority that Node'),
    cure: expect.stringContaining('NODE_EXTRA_CA_CERTS=/path/to/ca.pem'),
  })
  expect(before.filter(({ level }) => level === 'fault')).toHaveLength(2)
  expect(after).toContainEqual(expect.objectContaining({ id: 'tls.trusted', level: 'ok' }))
})

test.each([
  ['that has expired', { name: 'localhost', days: -3 }, 'has expired', 'Renew the certificate'],
  ['for another host', { name: 'id.example.com', days: 90 }, '(DNS:id.example.com)', 'Use a name'],
])('a certificate %s', async (_, options, said, cure) => {
  const authority = await newAuthority()
  const issuer = await tlsServer(await authority.issue(options))
  const { env } = await healthy()
  const file = join(freshFolder(), 'ca.pem')
  writeFileSync(file, authority.pem)

  const found = await findingsOf({ ...env, OIDC_ISSUER: issuer, NODE_EXTRA_CA_CERTS: file })

  expect(found).toContainEqual({
    id: 'tls.trusted',
    level: 'fault',
    text: expect.stringContaining(said),
    cure: expect.stringContaining(cure),
  })
})

test('a certificate that expires soon', async () => {
  const authority = await newAuthority()
  const target = await tlsServer(await authority.issue({ name: 'localhost', days: 5 }))
  const { env } = await healthy()
  const file = join(freshFolder(), 'ca.pem')
  writeFileSync(file, authority.pem)

  const found = await findingsOf({ ...env, API_UPSTREAM: target, NODE_EXTRA_CA_CERTS: file })

  expect(found).toContainEqual({
    id: 'tls.expiry',
    level: 'warning',
    text: expect.stringContaining('expires in 5 days'),
    cure: expect.stringContaining('Renew it'),
  })
})

test('a certificate of the client’s own that expires soon', async () => {
  const { cert, key } = await (await newAuthority()).issue({ name: 'localhost', days: 5 })
  const { env } = await healthy()
  const folder = freshFolder()
  const [OIDC_TLS_CERT_FILE, OIDC_TLS_KEY_FILE] = [join(folder, 'c.pem'), join(folder, 'k.pem')]
  writeFileSync(OIDC_TLS_CERT_FILE, cert)
  writeFileSync(OIDC_TLS_KEY_FILE, key)

  const found = await findingsOf({
    ...env,
    // It is shown over TLS alone. Nobody need listen there.
    OIDC_ISSUER: 'https://127.0.0.1:1',
    OIDC_TLS_CERT_FILE,
    OIDC_TLS_KEY_FILE,
  })

  expect(found).toContainEqual({
    id: 'tls.expiry',
    level: 'warning',
    text: expect.stringContaining('client’s own certificate expires in'),
    cure: expect.stringContaining('registered'),
  })
})

test('its exit code tells whether there is a fault, and no secret is in what it prints', async () => {
  const { env } = await healthy()

  const [well, ill, unset] = await Promise.all([
    run(['doctor'], env),
    run(['doctor'], { ...env, OIDC_CLIENT_SECRET: 'what some other client says' }),
    run(['doctor'], { ...env, OIDC_ISSUER: '' }),
  ])

  expect([well.code, ill.code, unset.code]).toEqual([0, 1, 2])
  expect(well.out).toMatch(/✓ All is well\.\n$/)
  expect(ill.out).toMatch(/✗ 1 fault\.\n$/)
  // No terminal, no colour.
  // oxlint-disable-next-line no-control-regex
  expect(well.out + ill.out).not.toMatch(/\u001B/)
  const search = secretSearch()
  search.know(env['OIDC_CLIENT_SECRET'], goodSecret, 'what some other client says')
  expect(search.foundIn(well.out + ill.out + unset.out + well.err + ill.err)).toEqual([])
})

test('where the app is not on this machine a person brings the address that the browser ended at', async () => {
  const publicUrl = 'https://app.example.com'
  const { env } = await healthy({ publicUrl })
  const child = spawn(process.execPath, [strongroomProgram, 'doctor', '--sign-in', '--json'], {
    cwd: freshFolder(),
    env: { ...env, PUBLIC_URL: publicUrl },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const out = text(child.stdout)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))

  await vi.waitFor(() => expect(said).toContain('paste it here'), { timeout: 30_000 })
  const end = await followed(/http\S+/.exec(said)?.[0] ?? '', publicUrl)
  child.stdin.write(`${end.href}\n`)

  const lines = (await out).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line) as Finding)).toContainEqual(
    expect.objectContaining({ id: 'sign-in.refresh', level: 'ok' }),
  )
  expect(said + (await out)).not.toContain(end.searchParams.get('code'))
})

test.each([
  [['doctor', '--url', 'app'], '--url needs the URL that browsers open'],
  [['doctor', '--jsn'], "Unknown option '--jsn'"],
  [['keygen', '--alg', 'ES256'], '--alg belongs to --client-key.'],
  [['keygen', '--client-key', 'key', '--alg', 'HS256'], '--alg needs one of ES256'],
])('%j is told to be wrong', async (args, said) => {
  const { code, err, out } = await run(args)

  expect(err).toContain(said)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})

test('keygen makes a session secret that doctor finds nothing wrong with', async () => {
  const { env } = await healthy()

  const { out: secret, code } = await run(['keygen'])

  expect(code).toBe(0)
  expect(Buffer.from(secret, 'base64')).toHaveLength(32)
  expect(await findingsOf({ ...env, SESSION_SECRET: secret })).toContainEqual(
    expect.objectContaining({ id: 'secrets.session', level: 'ok' }),
  )
})

test('keygen keeps the private key to the file’s owner, and prints the public one', async () => {
  const folder = freshFolder()

  const { code, err, out } = await run(['keygen', '--client-key', 'client.jwk'], {}, folder)

  expect(code).toBe(0)
  const file = join(folder, 'client.jwk')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const secret = JSON.parse(readFileSync(file, 'utf8')) as { kid: string; d: string }
  const open = JSON.parse(out) as { kid: string; alg: string }
  expect(open).toEqual({
    kty: 'EC',
    crv: 'P-256',
    x: expect.any(String),
    y: expect.any(String),
    alg: 'ES256',
    use: 'sig',
    kid: secret.kid,
  })
  expect(out + err).not.toContain(secret.d)
  const signed = await new SignJWT({ sub: 'app' })
    .setProtectedHeader({ alg: 'ES256', kid: open.kid })
    .sign(await importJWK(secret, 'ES256'))
  expect((await jwtVerify(signed, await importJWK(open, 'ES256'))).payload.sub).toBe('app')
  expect(readClientKeys(JSON.stringify(secret))).toMatchObject([
    { kid: open.kid, algorithm: 'ES256' },
  ])
})

test('keygen never writes over a key that is there', async () => {
  const folder = freshFolder()
  writeFileSync(join(folder, 'client.jwk'), 'in use')

  const { code, err, out } = await run(['keygen', '--client-key', 'client.jwk'], {}, folder)

  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain('is there already')
  expect(readFileSync(join(folder, 'client.jwk'), 'utf8')).toBe('in use')
})
