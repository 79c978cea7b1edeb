import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { examined, healthy } from '../testing/examined.ts'
import { freePort } from '../testing/free-port.ts'
import { freshFolder } from '../testing/own-process.ts'
import { fileSystemFindings } from './check-store.ts'

/** oidc-provider offers to take requests beforehand unless it is told not to. */
const notPushed = {
  configuration: {
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
    },
  },
}

test('finds nothing wrong where nothing is', async () => {
  const { env } = await healthy()

  const { exitCode, findings, report } = await examined(env)

  const wrong = findings.filter(({ level }) => level === 'fault' || level === 'warning')
  // oidc-provider's own default key set is for development, and signs all the same.
  expect(wrong).toEqual([])
  expect(exitCode).toBe(0)
  expect(report).toContain('✓ All is well.')
  expect(report).toContain(`${env['PUBLIC_URL']}/auth/callback is registered.`)
})

test('lists every wrong setting at once, and looks at nothing else', async () => {
  const { env } = await healthy()

  const { exitCode, findings } = await examined({
    ...env,
    OIDC_ISSUER: '',
    SESSION_SECRET: 'too short',
    PUBLIC_URL: 'http://app.example.com/app',
  })

  expect(exitCode).toBe(2)
  expect(findings).toMatchObject([
    { id: 'settings', level: 'fault', text: expect.stringContaining('PUBLIC_URL is plain http') },
    { id: 'settings', level: 'fault', text: 'OIDC_ISSUER is missing.' },
    {
      id: 'settings',
      level: 'fault',
      text: 'SESSION_SECRET has a secret of fewer than 32 characters.',
      cure: expect.stringContaining('openssl rand'),
    },
  ])
})

test('a slash too many at the end of the issuer', async () => {
  const { env } = await healthy()

  const { exitCode, of } = await examined({ ...env, OIDC_ISSUER: `${env['OIDC_ISSUER']}/` })

  expect(of('discovery.issuer')).toEqual({
    id: 'discovery.issuer',
    level: 'fault',
    text: 'OIDC_ISSUER has a slash at its end that the provider’s issuer lacks.',
    cure: `Set OIDC_ISSUER=${env['OIDC_ISSUER']}`,
  })
  expect(exitCode).toBe(1)
})

test('an issuer by another of its host’s names', async () => {
  const { env } = await healthy()
  const issuer = env['OIDC_ISSUER'] ?? ''

  // The same server, by another name that a browser would reach it by, too.
  const { of } = await examined({ ...env, OIDC_ISSUER: issuer.replace('127.0.0.1', 'localhost') })

  expect(of('discovery.issuer')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining(`Set OIDC_ISSUER=${issuer}`),
  })
})

test('the discovery document’s own URL in the place of the issuer', async () => {
  const { env } = await healthy()

  const { of } = await examined({
    ...env,
    OIDC_ISSUER: `${env['OIDC_ISSUER']}/.well-known/openid-configuration`,
  })

  expect(of('discovery.reachable')).toMatchObject({
    level: 'fault',
    cure: 'Leave /.well-known/openid-configuration out of OIDC_ISSUER.',
  })
})

test('a path that the issuer does not have', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, OIDC_ISSUER: `${env['OIDC_ISSUER']}/realms/nope` })

  expect(of('discovery.reachable')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('answers 404'),
    cure: expect.stringContaining('a realm, a tenant'),
  })
})

test('a provider that redirects to where it is', async () => {
  const { env } = await healthy({
    before: (request, response) => {
      if (!request.url?.startsWith('/.well-known')) return false
      response.writeHead(301, {
        location: 'https://id.example.com/.well-known/openid-configuration',
      })
      response.end()
      return true
    },
  })

  const { of } = await examined(env)

  expect(of('discovery.reachable')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining('Set OIDC_ISSUER=https://id.example.com,'),
  })
})

test('a discovery document that says that it is a page', async () => {
  const { env } = await healthy({
    before: (request, response) => {
      if (request.url?.startsWith('/.well-known')) {
        const set = response.setHeader.bind(response)
        response.setHeader = (name, value) =>
          set(name, name.toLowerCase() === 'content-type' ? 'text/html' : value)
      }
      return false
    },
  })

  const { of } = await examined(env)

  expect(of('discovery.content-type')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('text/html'),
    cure: expect.stringContaining('application/json'),
  })
})

test('a provider that is not there', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, OIDC_ISSUER: `http://127.0.0.1:${await freePort()}` })

  expect(of('discovery.reachable')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('nobody listens there'),
    cure: expect.stringContaining('In a container localhost is the container itself'),
  })
})

test('a host name that nobody knows', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, OIDC_ISSUER: 'https://id.invalid' })

  expect(of('discovery.reachable')).toMatchObject({
    level: 'fault',
    text: expect.stringMatching(/host name (is not known|could not be looked up)/),
  })
})

test('the secret of another client', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, OIDC_CLIENT_SECRET: 'the secret of some other client' })

  expect(of('client.secret')).toMatchObject({
    level: 'fault',
    text: 'The provider refuses client id and secret (invalid_client).',
    cure: expect.stringContaining('Copy both anew.'),
  })
})

test('a client secret that is percent-encoded', async () => {
  const secret = 'with a slash/, a plus+ and an equals='
  const { env } = await healthy({ client: { client_secret: secret } })
  const encoded = encodeURIComponent(secret)

  const { of } = await examined({ ...env, OIDC_CLIENT_SECRET: encoded }, { secrets: [secret] })

  expect(of('client.secret')?.cure).toContain('OIDC_CLIENT_SECRET is percent-encoded')
  expect(of('secrets.client')?.level).toBe('warning')
})

test('a client secret in quotes', async () => {
  const { env } = await healthy()
  const secret = env['OIDC_CLIENT_SECRET'] ?? ''

  const { of } = await examined(
    { ...env, OIDC_CLIENT_SECRET: `"${secret}"` },
    { secrets: [secret] },
  )

  expect(of('client.secret')?.cure).toContain('Take the quotes around OIDC_CLIENT_SECRET away')
})

test('a client that proves itself in another way than the provider wants', async () => {
  const { env } = await healthy({
    client: { token_endpoint_auth_method: 'client_secret_basic' },
    configuration: { clientAuthMethods: ['client_secret_basic'] },
  })

  const { of } = await examined({ ...env, OIDC_CLIENT_AUTH: 'client_secret_post' })

  expect(of('client.secret')?.cure).toBe('Set OIDC_CLIENT_AUTH=client_secret_basic')
  expect(of('support.client-authentication')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining('Leave OIDC_CLIENT_AUTH out'),
  })
})

test('a redirect URI that is not registered, at a provider that is told by the browser', async () => {
  const { env } = await healthy({ publicUrl: 'http://localhost:1', ...notPushed })

  const { of } = await examined(env)

  expect(of('client.redirect-uri')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('which speaks of the redirect URI'),
    cure: `Register ${env['PUBLIC_URL']}/auth/callback there as redirect URI, to the letter.`,
  })
})

test('a redirect URI that is not registered, at a provider that is told beforehand', async () => {
  const { env } = await healthy({ publicUrl: 'http://localhost:1' })

  const { of } = await examined(env)

  expect(of('support.pushed-requests')?.level).toBe('ok')
  expect(of('client.redirect-uri')).toMatchObject({
    level: 'fault',
    cure: `Register ${env['PUBLIC_URL']}/auth/callback there as redirect URI, to the letter.`,
  })
})

test('tokens that are to be bound to keys, at a provider that can and at one that can’t', async () => {
  const able = await healthy()
  const unable = await healthy({
    configuration: {
      features: { devInteractions: { enabled: false }, dPoP: { enabled: false } },
    },
  })

  const level = async (env: Record<string, string>) =>
    (await examined(env)).of('support.dpop')?.level

  expect(await level(able.env)).toBe('note')
  expect(await level({ ...able.env, OIDC_DPOP: 'on' })).toBe('ok')
  expect(await level(unable.env)).toBe('note')
  expect(await level({ ...unable.env, OIDC_DPOP: 'on' })).toBe('fault')
})

test('a key that the provider does not have', async () => {
  const { env } = await healthy({
    client: { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [] } },
  })
  const file = join(freshFolder(), 'client.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })

  const { of } = await examined({ ...env, OIDC_CLIENT_SECRET: '', OIDC_CLIENT_KEY_FILE: file })

  expect(of('client.secret')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining('public key'),
  })
})

test('a post-logout redirect URI that is not registered', async () => {
  const { env } = await healthy({ client: { post_logout_redirect_uris: [] } })

  const { of } = await examined(env)

  expect(of('client.post-logout-uri')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining(`Register ${env['PUBLIC_URL']}/ there`),
  })
})

test('a provider that shows its sign-in whatever it is asked leaves open what is registered', async () => {
  const { env } = await healthy({
    before: (request, response) => {
      const isAsked = request.url?.startsWith('/auth?') ?? false
      if (isAsked) response.writeHead(200, { 'Content-Type': 'text/html' }).end('<form>')
      return isAsked
    },
  })

  const { of } = await examined(env)

  expect(of('client.redirect-uri')).toMatchObject({
    level: 'note',
    text: expect.stringContaining('could not be found out'),
  })
})

test('a clock that is off', async () => {
  const { env } = await healthy({
    before: (_request, response) => {
      response.setHeader('Date', new Date(Date.now() + 95_000).toUTCString())
      return false
    },
  })

  const { of } = await examined(env)

  expect(of('clock.skew')).toMatchObject({
    level: 'fault',
    text: expect.stringMatching(/is 9[3-6] s behind the provider’s/),
    cure: expect.stringContaining('timedatectl'),
  })
})

test('a scope that the provider does not know', async () => {
  const { env } = await healthy({ configuration: { scopes: ['openid'] } })

  const { of } = await examined(env)

  expect(of('support.offline-access')).toMatchObject({
    level: 'warning',
    cure: expect.stringContaining('Take it out of OIDC_SCOPE'),
  })
})

test.for([
  ['gold', 'ok'],
  ['platinum', 'warning'],
] as const)('a row that demands the acr %s of a provider with others: %s', async ([acr, level]) => {
  const { env } = await healthy({ configuration: { acrValues: ['silver', 'gold'] } })

  const { of } = await examined(env, {
    file: `export default { upstreams: [{ prefix: '/api', acrValues: ['${acr}'] }] }`,
  })

  expect(of('support.step-up')).toMatchObject({
    level,
    text: expect.stringContaining('silver, gold'),
  })
})

test('settings that take what the provider does not offer', async () => {
  const { env } = await healthy()

  const { of } = await examined(env, {
    file: `export default { provider: { responseMode: 'jwt' } }`,
  })

  expect(of('support.demands')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('has no response_mode "jwt"'),
  })
})

test('an algorithm that the provider does not sign with', async () => {
  const { env } = await healthy()

  const { of } = await examined(env, {
    file: `export default { provider: { idTokenAlgorithm: 'PS512' } }`,
  })

  expect(of('support.signing-algorithms')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining('Leave it out'),
  })
})

test('keys that can’t be had', async () => {
  const { env } = await healthy({
    before: (request, response) => {
      const isAsked = request.url === '/jwks'
      if (isAsked) response.writeHead(403).end()
      return isAsked
    },
  })

  const { of } = await examined(env)

  expect(of('discovery.keys')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('answers 403'),
  })
})

test.each([
  ['the example of the documentation', 'what openssl rand -base64 32 prints', 'is the example'],
  ['a pattern', 'abcdefgh'.repeat(5), 'is a pattern'],
  ['an alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'is a pattern'],
  ['a placeholder', 'please-change-me-to-something-0123-random', 'is a placeholder'],
  ['a phrase', 'correct horse battery staple and some more words', 'is a phrase'],
  ['in quotes', '"nU2b9m4T0xkq7Rf3vYcW8sJ1hL6gZdPe5oAaBiCtDuE="', 'is in quotes'],
])('a session secret that is %s', async (_, secret, text) => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, SESSION_SECRET: secret })

  expect(of('secrets.session')).toMatchObject({
    level: expect.stringMatching(/fault|warning/),
    text: expect.stringContaining(text),
    cure: expect.stringContaining('strongroom keygen'),
  })
})

test('a session secret that is the client’s', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, SESSION_SECRET: env['OIDC_CLIENT_SECRET'] ?? '' })

  expect(of('secrets.session')?.text).toContain('which the provider knows, too')
})

test('a store below what is no folder', async () => {
  const { env } = await healthy()
  const file = join(freshFolder(), 'file')
  writeFileSync(file, '')

  const { of } = await examined({ ...env, STORE_URL: `sqlite:${file}/store.db` })

  expect(of('store.reachable')).toMatchObject({ level: 'fault', cure: 'Correct STORE_URL.' })
})

test('a store that is no database', async () => {
  const { env } = await healthy()
  const file = join(freshFolder(), 'store.db')
  writeFileSync(
    file,
    'something else altogether, and long enough to be looked at by SQLite'.repeat(9),
  )

  const { of } = await examined({ ...env, STORE_URL: `sqlite:${file}` })

  expect(of('store.reachable')).toMatchObject({
    level: 'fault',
    cure: expect.stringContaining('or new'),
  })
})

test('a store on a network file system, or in memory', () => {
  expect(fileSystemFindings(0x6969)[0]?.text).toContain('lies on NFS')
  expect(fileSystemFindings(-11_317_950)[0]?.text).toContain('CIFS')
  expect(fileSystemFindings(0x01021994)[0]?.cure).toBe('Put it on a disk.')
  expect(fileSystemFindings(0xef53)).toEqual([])
})

test('an API that is not there', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, API_UPSTREAM: `http://127.0.0.1:${await freePort()}` })

  expect(of('upstream.reachable')).toMatchObject({
    level: 'fault',
    text: expect.stringContaining('nobody listens there'),
  })
})

test('an API that is Strongroom itself', async () => {
  const { env } = await healthy()

  const { of } = await examined({ ...env, API_UPSTREAM: `${env['PUBLIC_URL']}/api` })

  expect(of('upstream.reachable')?.text).toContain('calls would go round')
})

test('an API that is addressed by https and speaks http', async () => {
  const { env } = await healthy()
  const upstream = (env['API_UPSTREAM'] ?? '').replace('http:', 'https:')

  const { of } = await examined({ ...env, API_UPSTREAM: upstream })

  expect(of('tls.trusted')?.text).toContain('does not speak TLS')
})

test('a port that something else has', async () => {
  const { env } = await healthy()
  const other = createServer((_request, response) => response.end('hello'))
  other.listen(Number(env['PORT']), '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')

  const { of } = await examined(env)

  expect(of('ports.listen')).toMatchObject({
    level: 'fault',
    cure: 'Stop what uses it, or set PORT to another.',
  })
})

test('a PUBLIC_URL with another port, and a proxy that nobody is told of', async () => {
  const { env } = await healthy()

  const local = await examined({ ...env, PORT: String(await freePort()) })
  const open = await examined({ ...env, PUBLIC_URL: 'https://app.example.com' })

  expect(local.of('public-url.notice')?.text).toContain('but this listens on port')
  expect(open.of('public-url.notice')?.text).toContain('TRUSTED_PROXIES names nobody')
})

test('a store that forgets', async () => {
  const { env } = await healthy()

  const { of } = await examined({
    ...env,
    PUBLIC_URL: 'https://app.example.com',
    STORE_URL: 'memory:',
  })

  expect(of('store.persistence')).toMatchObject({
    level: 'warning',
    cure: expect.stringContaining('STORE_URL=sqlite:<file>'),
  })
})
