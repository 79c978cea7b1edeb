import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { createBff } from '../create-bff.ts'
import type { Event } from '../observability/events.ts'
import { brainpoolCertificate } from '../testing/brainpool-certificate.ts'
import { newAuthority, type Issued } from '../testing/certificates.ts'
import { freshFolder } from '../testing/own-process.ts'
import { heard } from '../testing/heard.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import { baseOptions } from '../testing/test-bff.ts'
import { optionsFromEnv } from './from-env.ts'
import type { ProviderOptions } from './options.ts'
import type { CredentialTexts } from './watched-credentials.ts'

function key(kid: string, use = 'sig') {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid, use }
}

const keys = (...jwks: readonly object[]) => JSON.stringify({ keys: jwks })

/** Long enough for a change to be seen twice. */
const seen = () => vi.advanceTimersByTimeAsync(10_000)

const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000)

function fakeTime() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** A client that proves itself by a key, and where the kids of its assertions are seen. */
async function provenBy(texts: CredentialTexts) {
  fakeTime()
  const source = { now: texts, current: () => source.now }
  const world = await hostileTestBff({
    ...texts,
    clientSecret: '',
    clientJwksPath: '/auth/jwks',
    credentialSource: source,
  })
  world.provider.metadata = { token_endpoint_auth_methods_supported: ['private_key_jwt'] }
  return {
    ...world,
    source,
    async signsWith() {
      await world.signIn()
      const assertion = world.provider.tokenRequests.at(-1)?.body.get('client_assertion') ?? ''
      return decodeProtectedHeader(assertion).kid
    },
    async published() {
      const answer = await world.browser.fetch('/auth/jwks')
      const { keys: all } = (await answer.json()) as { keys: { kid: string }[] }
      return all.map(({ kid }) => kid)
    },
  }
}

test('a key that is replaced where it comes from is in use and published without a restart', async () => {
  const world = await provenBy({ clientKeys: keys(key('old')) })
  const before = [await world.signsWith(), ...(await world.published())]

  world.source.now = { clientKeys: keys(key('new'), key('for-us', 'enc')) }
  await seen()
  const after = [await world.signsWith(), ...(await world.published())]

  expect(before).toEqual(['old', 'old'])
  expect(after).toEqual(['new', 'new', 'for-us'])
  expect(world.eventsNamed('credentials-renewed')).toEqual([
    { name: 'credentials-renewed', keys: ['new', 'for-us'] },
  ])
})

test('a change that is seen once is waited for: it may be half of one', async () => {
  const world = await provenBy({ clientKeys: keys(key('old')) })

  world.source.now = { clientKeys: keys(key('new')) }
  await vi.advanceTimersByTimeAsync(5000)

  expect(await world.signsWith()).toBe('old')
})

test('what is left out stays as it is', async () => {
  const world = await provenBy({ clientKeys: keys(key('old')) })

  world.source.now = {}
  await seen()

  expect(await world.signsWith()).toBe('old')
  expect(world.eventsNamed('credentials-refused')).toEqual([])
})

const notForSigning = keys(key('a', 'enc'))

const broken: readonly [string, () => CredentialTexts, string][] = [
  ['is no JSON', () => ({ clientKeys: '{' }), 'is no JSON'],
  ['is empty', () => ({ clientKeys: '' }), 'is missing'],
  ['has no key any more that signs', () => ({ clientKeys: notForSigning }), 'private_key_jwt'],
  ['is no text', () => ({ clientKeys: 5 as unknown as string }), 'can’t be used (TypeError)'],
  [
    'can’t be read',
    () => {
      throw new Error('the disk is gone')
    },
    'can’t be read',
  ],
]

test.for(broken)(
  'what comes and %s leaves the old in use, and is told once',
  async ([, turn, why]) => {
    const world = await provenBy({ clientKeys: keys(key('old')) })

    world.source.current = turn
    for (const _ of [1, 2, 3]) await seen()

    expect(await world.signsWith()).toBe('old')
    expect(await world.published()).toEqual(['old'])
    expect(world.eventsNamed('credentials-refused')).toEqual([
      { name: 'credentials-refused', detail: expect.stringContaining(why) },
    ])
  },
)

test('a certificate and its key are two files, which may be replaced one after the other', async () => {
  fakeTime()
  const authority = await newAuthority()
  const folder = freshFolder()
  const files = { chain: join(folder, 'client.pem'), key: join(folder, 'client-key.pem') }
  const [old, next] = [await authority.issue(client), await authority.issue(client)]
  const put = (file: string, text: string) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  put(files.chain, old.cert)
  put(files.key, old.key)
  const read = optionsFromEnv({
    ...settings,
    OIDC_TLS_CERT_FILE: files.chain,
    OIDC_TLS_KEY_FILE: files.key,
  })
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  const events: Event[] = []
  const telemetry = { record: (event: Event) => void events.push(event) }
  const bff = createBff({ ...read.value.bff, telemetry })
  onTestFinished(() => bff.close())
  const told = () =>
    events.map(({ name }) => name).filter((name) => name.startsWith('credentials-'))

  put(files.chain, next.cert)
  await vi.advanceTimersByTimeAsync(5000)
  const between = told()
  put(files.key, next.key)
  await seen()
  const after = told()
  rmSync(files.key)
  await seen()

  expect(between).toEqual([])
  expect(after).toEqual(['credentials-renewed'])
  expect(told()).toEqual(['credentials-renewed', 'credentials-refused'])
})

/** A client that is known by a certificate, as it is renewed. */
function knownBy(first: Issued, provider: Partial<ProviderOptions> = {}) {
  fakeTime()
  const source = { now: textsOf(first), current: () => source.now }
  const events: Event[] = []
  let lateSeconds = 0
  const clock = {
    now: () => systemClock.now() + lateSeconds,
    milliseconds: () => systemClock.milliseconds() + lateSeconds * 1000,
  }
  const bff = createBff({
    ...baseOptions,
    clock,
    provider: {
      issuer: settings.OIDC_ISSUER,
      clientId: 'app',
      clientAuthentication: 'tls_client_auth',
      ...textsOf(first),
      ...provider,
      credentialSource: source,
    },
    telemetry: heard({ record: (event) => void events.push(event) }),
  })
  onTestFinished(() => bff.close())
  return {
    advance: (seconds: number) => void (lateSeconds += seconds),
    replaceBy: (next: Issued) => void (source.now = textsOf(next)),
    told: () => events.filter(({ name }) => name.startsWith('credentials-')),
    async published() {
      const answer = await bff.app.request(`${baseOptions.publicUrl}/auth/jwks`)
      return answer.text()
    },
  }
}

const textsOf = ({ cert, key }: Issued) => ({ clientCertificate: cert, clientCertificateKey: key })

test('a certificate whose key no JWK can tell is taken, and told by its thumbprint', async () => {
  const authority = await newAuthority()
  const { replaceBy, told } = knownBy(await authority.issue(client))

  replaceBy(brainpoolCertificate)
  await seen()

  const raw = new X509Certificate(brainpoolCertificate.cert).raw
  const thumbprint = createHash('sha256').update(raw).digest('base64url')
  expect(told()).toEqual([{ name: 'credentials-renewed', keys: [thumbprint] }])
})

test('where it is published such a certificate is refused, and the one of before stays', async () => {
  const authority = await newAuthority()
  const first = await authority.issue(client)
  const { published, replaceBy, told } = knownBy(first, { clientJwksPath: '/auth/jwks' })

  replaceBy(brainpoolCertificate)
  await seen()

  expect(told()).toEqual([
    { name: 'credentials-refused', detail: expect.stringContaining('(brainpoolP256r1)') },
  ])
  expect(await published()).toContain(new X509Certificate(first.cert).raw.toString('base64'))
})

test('a certificate that is put there before it is good is in use when it is, and told once until then', async () => {
  const authority = await newAuthority()
  const { advance, replaceBy, told } = knownBy(await authority.issue(client))

  replaceBy(await authority.issue({ ...client, fromDays: 1 }))
  await minutes(3)
  const early = told()
  advance(86_400 + 3600)
  await minutes(1)

  expect(early).toEqual([
    { name: 'credentials-refused', detail: expect.stringContaining('good only from') },
  ])
  expect(told().map(({ name }) => name)).toEqual(['credentials-refused', 'credentials-renewed'])
})

const client = { name: '127.0.0.1', days: 3 }

const settings = {
  PUBLIC_URL: baseOptions.publicUrl,
  OIDC_ISSUER: 'https://id.example.net',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_AUTH: 'tls_client_auth',
  SESSION_SECRET: baseOptions.session.secrets[0],
  API_UPSTREAM: 'http://127.0.0.1:9',
  STORE_URL: 'memory:',
  SPA_DIR: '',
}
