import { generateKeyPairSync } from 'node:crypto'
import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { brainpoolCertificate } from '../testing/brainpool-certificate.ts'
import type { BffOptions, ProviderOptions, UpstreamOptions } from './options.ts'
import { resolveOptions } from './resolve-options.ts'

const p256 = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const signing = JSON.stringify(p256())
const encryption = JSON.stringify({ ...p256(), use: 'enc' })
const rs256 = JSON.stringify({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  alg: 'RS256',
})

const certificate = await newCertificate(30)
const another = await newCertificate(30)
const over = await newCertificate(-1)
const early = await newCertificate(30, 1)
const justMade = await newCertificate(30, 10 / 86_400)
const brainpool: Partial<ProviderOptions> = {
  clientCertificate: brainpoolCertificate.cert,
  clientCertificateKey: brainpoolCertificate.key,
}

async function newCertificate(days: number, fromDay = -30): Promise<Partial<ProviderOptions>> {
  const at = (day: number) => new Date(Date.now() + day * 86_400_000)
  const dates = { notBeforeDate: at(fromDay), notAfterDate: at(days) }
  const name = [{ name: 'commonName', value: 'app.example.com' }]
  const issued = await generate(name, { keyType: 'ec', algorithm: 'sha256', ...dates })
  return { clientCertificate: issued.cert, clientCertificateKey: issued.private }
}

const plain: ProviderOptions = { issuer: 'https://id.example.com', clientId: 'app' }

function faults(provider: Partial<ProviderOptions>, options: Partial<BffOptions> = {}) {
  const resolved = resolveOptions({
    publicUrl: 'https://app.example.com',
    provider: { ...plain, ...provider },
    upstreams: [{ prefix: '/api', target: 'https://api.example.com' }],
    session: { secrets: ['correct horse battery staple and then some'] },
    store: 'memory:',
    ...options,
  })
  return resolved.ok ? [] : resolved.error.map(({ option, text }) => `${option} ${text}`)
}

const secret = { clientSecret: 'client-secret' }
const byCertificate = { clientAuthentication: 'tls_client_auth', ...certificate } as const

test.for<[string, Partial<ProviderOptions>]>([
  ['a certificate in the place of a secret', byCertificate],
  [
    'a certificate of its own making',
    { ...byCertificate, clientAuthentication: 'self_signed_tls_client_auth' },
  ],
  [
    'a certificate that was made a moment ago, by a clock that is ahead',
    { ...byCertificate, ...justMade },
  ],
  ['a certificate that is published', { ...byCertificate, clientJwksPath: '/auth/jwks' }],
  [
    'a certificate whose key no JWK can tell, and that is shown alone',
    { ...byCertificate, ...brainpool },
  ],
  ['a secret, and tokens bound to a certificate', { ...secret, ...certificate }],
  [
    'a secret, and a key for what is encrypted',
    { ...secret, clientKeys: encryption, encryptedAnswers: ['id_token'] },
  ],
  ['a key that signs requests', { clientKeys: signing, signedRequests: 'always' }],
  ['the profile with a key', { profile: 'fapi2', clientKeys: signing, ...certificate }],
  ['the profile with a certificate alone', { profile: 'fapi2', ...byCertificate }],
])('%s is enough', ([, provider]) => {
  expect(faults(provider)).toEqual([])
})

test.for<[string, Partial<ProviderOptions>, RegExp]>([
  [
    'no certificate',
    { clientAuthentication: 'tls_client_auth' },
    /clientCertificate is missing, which tls_client_auth proves us by/,
  ],
  [
    'a certificate without its key',
    { ...byCertificate, clientCertificateKey: '' },
    /clientCertificateKey is missing beside its certificate/,
  ],
  [
    'the key of another',
    { ...byCertificate, clientCertificateKey: another.clientCertificateKey ?? '' },
    /has a key that is another certificate’s/,
  ],
  [
    'a certificate that is over',
    { ...byCertificate, ...over },
    /holds a certificate that was over on/,
  ],
  [
    'a certificate that is not good yet',
    { ...byCertificate, ...early },
    /holds a certificate that is good only from/,
  ],
  [
    'a certificate whose key has a passphrase of the older style',
    {
      ...byCertificate,
      clientCertificateKey: '-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n',
    },
    /has a key behind a passphrase/,
  ],
  [
    'a certificate that is to be published, and whose key no JWK can tell',
    { ...byCertificate, ...brainpool, clientJwksPath: '/auth/jwks' },
    /clientCertificate holds a key of a kind that no JWK can tell \(brainpoolP256r1\), and OIDC_CLIENT_JWKS_PATH publishes it as one\. Give a certificate .* or leave OIDC_CLIENT_JWKS_PATH out\./,
  ],
  [
    'what is no certificate',
    { ...byCertificate, clientCertificate: 'hello' },
    /holds no certificate/,
  ],
  [
    'a certificate over plain http',
    { ...byCertificate, issuer: 'http://127.0.0.1:1' },
    /shown over TLS alone/,
  ],
  [
    'signed requests without a key',
    { ...secret, signedRequests: 'always' },
    /signedRequests is "always", and there is no key to sign with/,
  ],
  [
    'an unknown way to sign',
    { ...secret, signedRequests: 'often' as never },
    /signedRequests is neither/,
  ],
  [
    'an unknown response mode',
    { ...secret, responseMode: 'fragment' as never },
    /responseMode is neither/,
  ],
  [
    'encryption without a key',
    { ...secret, encryptedAnswers: ['id_token'] },
    /encryptedAnswers demands encryption, and there is no key/,
  ],
  [
    'encryption of what is unknown',
    { ...secret, clientKeys: encryption, encryptedAnswers: ['jwks' as never] },
    /names what is not known here/,
  ],
  [
    'no secret, and no key that signs',
    { clientKeys: encryption },
    /all keys of OIDC_CLIENT_KEY_FILE are for encryption/,
  ],
  [
    'an assertion without a key that signs',
    { clientAuthentication: 'private_key_jwt', clientKeys: encryption },
    /all keys of OIDC_CLIENT_KEY_FILE are for encryption/,
  ],
  ...(['client_secret_post', 'client_secret_basic', 'client_secret_basic_raw'] as const).map(
    (method): [string, Partial<ProviderOptions>, RegExp] => [
      `${method} with a key and no secret`,
      { clientAuthentication: method, clientKeys: signing },
      new RegExp(`clientSecret is missing, which ${method} proves us by`),
    ],
  ),
  [
    'a method that nobody knows, and only that',
    { clientAuthentication: 'client_assertion' as never, clientKeys: signing },
    /^provider\.clientAuthentication is not a method known here[^\n]*$/,
  ],
  ['an unknown profile', { ...secret, profile: 'fapi3' as never }, /is not a profile known here/],
  [
    'the profile with a secret',
    { profile: 'fapi2', ...secret, ...certificate },
    /clientAuthentication is client_secret_post/,
  ],
  [
    'the profile with a secret beside a key',
    { profile: 'fapi2', ...secret, clientKeys: signing, ...certificate },
    /clientAuthentication is client_secret_post/,
  ],
  [
    'the profile without bound tokens',
    { profile: 'fapi2', clientKeys: signing },
    /wants access tokens bound to their sender/,
  ],
  [
    'the profile with RS256',
    { profile: 'fapi2', clientKeys: rs256, ...certificate },
    /holds a key for RS256/,
  ],
  [
    'the profile with RS256 of the provider',
    { profile: 'fapi2', clientKeys: signing, ...certificate, idTokenAlgorithm: 'RS256' },
    /idTokenAlgorithm is RS256/,
  ],
  [
    'the profile with requests that are seldom pushed',
    { profile: 'fapi2', clientKeys: signing, ...certificate, pushedRequests: 'when-required' },
    /pushes every request/,
  ],
  [
    'the profile with an assertion for an address',
    {
      profile: 'fapi2',
      clientKeys: signing,
      ...certificate,
      clientAssertionAudience: 'token-endpoint',
    },
    /allows the issuer alone/,
  ],
  [
    'the profile over plain http',
    { profile: 'fapi2', clientKeys: signing, ...certificate, issuer: 'http://127.0.0.1:1' },
    /wants TLS everywhere/,
  ],
])('%s is told, with nothing of a key in it', ([, provider, fault]) => {
  const told = faults(provider).join('\n')

  expect(told).toMatch(fault)
  expect(told).not.toMatch(/PRIVATE KEY|"d"|client-secret/)
})

test('a row shows a certificate only where there is one, and over TLS', () => {
  const row = { prefix: '/api', target: 'http://127.0.0.1:4000', clientCertificate: true } as const

  const told = faults(secret, { upstreams: [row] })

  expect(told).toEqual([
    expect.stringContaining('upstreams[0].clientCertificate has no certificate to show'),
    expect.stringContaining('upstreams[0].clientCertificate is shown over TLS alone'),
  ])
})

test('a fetch of one’s own can’t show a certificate, and that is told', () => {
  const own: typeof fetch = (...args) => fetch(...args)

  expect(faults(byCertificate, { fetch: own })).toEqual([
    expect.stringContaining('can’t be shown by a fetch of your own'),
  ])
})

const fapi2 = { profile: 'fapi2', clientKeys: signing, dpop: true } as const
const files = { by: 'exchange', audience: 'files' } as const
const plainHttp = { prefix: '/api', target: 'http://api.example.com' } as const
const tls = { prefix: '/api', target: 'https://api.example.com' } as const

const slack: readonly [string, UpstreamOptions, RegExp][] = [
  ['an API over plain http', plainHttp, /upstreams\[0\]\.target is plain http/],
  [
    'a token for one API that is not bound',
    { ...tls, accessToken: files, dpop: false },
    /upstreams\[0\]\.dpop is false/,
  ],
  [
    'a token of the app’s own that is not bound',
    { ...tls, token: 'client', dpop: false },
    /upstreams\[0\]\.dpop is false/,
  ],
]

test.for(slack)('the profile with %s is told', ([, row, fault]) => {
  expect(faults(fapi2, { upstreams: [row] })).toEqual([expect.stringMatching(fault)])
  expect(faults({ ...secret, dpop: true }, { upstreams: [row] })).toEqual([])
})

test.for<[string, UpstreamOptions]>([
  ['an API on this machine', { prefix: '/api', target: 'http://127.0.0.1:4000' }],
  ['an API that gets no token', { ...plainHttp, token: 'none', dpop: false }],
])('the profile takes %s as it is', ([, row]) => {
  expect(faults(fapi2, { upstreams: [row] })).toEqual([])
})

test('a row that keeps to no proofs keeps to the certificate, where that is what tokens are bound to', () => {
  const row = { ...tls, accessToken: files, dpop: false } as const
  const provider = { profile: 'fapi2', clientKeys: signing, ...certificate } as const

  expect(faults(provider, { upstreams: [row] })).toEqual([])
})
