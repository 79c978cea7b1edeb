import { once } from 'node:events'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { loginPath, routes } from '@strongroom/client'
import type { Configuration } from 'oidc-provider'
import { expect, onTestFinished, test } from 'vitest'
import { racingBrowser } from '../race/racing-browser.ts'
import { startBffProcess, type BffStartError } from '../servers/bff-process.ts'
import { freePort } from '../servers/ports.ts'
import { configFolder } from './config-folder.ts'
import { keyFile, newKey, publicHalf } from './client-keys.ts'
import { mutualTls } from './mutual-tls.ts'
import { protocolWorld, withClient } from './protocol-world.ts'

const patience = { timeout: 40_000 }
const clientName = 'strongroom.example.com'

test(
  'the profile fapi2 with a key: pushed, proven by assertion, bound to the certificate, and back',
  patience,
  async () => {
    const world = await fapi2World({ method: 'private_key_jwt' })

    const begun = await world.send(loginPath('/'), { navigates: true })
    const asked = new URL(begun.location ?? '').searchParams
    const back = await world.signIn()
    await world.untilExpired()
    const call = await world.send(`${routes.api}/notes`)
    const signedOut = await world.send(routes.logout, { method: 'POST' })

    expect([...asked.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    expect(back.location).toBe('/')
    expect(call.status).toBe(200)
    expect(world.bound()).toBe(true)
    expect(signedOut.body).toMatchObject({ receipt: { refreshToken: 'revoked' } })
  },
)

test('the profile fapi2 with a certificate alone', patience, async () => {
  const world = await fapi2World({ method: 'tls_client_auth' })

  const back = await world.signIn()

  expect(back.location).toBe('/')
  expect(world.bound()).toBe(true)
})

test(
  'the profile fapi2 with a key and DPoP: bound to a key of the session, and no certificate is needed',
  patience,
  async () => {
    const world = await fapi2World({
      method: 'private_key_jwt',
      dpop: true,
      binds: false,
      registered: { dpop_bound_access_tokens: true },
    })

    const back = await world.signIn()

    expect(back.location).toBe('/')
    expect(world.bound()).toBe(true)
  },
)

test.for([
  ['pushes no requests', 'pushed_authorization_request_endpoint', { pushes: false }],
  ['binds no tokens', 'tls_client_certificate_bound_access_tokens', { binds: false }],
] as const)(
  'with a provider that %s it does not start under the profile, and names what is missing',
  patience,
  async ([, missing, lacking]) => {
    const started = fapi2World({ method: 'private_key_jwt', ...lacking, registered: {} })

    const { message, output } = await refusal(started)

    expect(message).toContain('exit code 2')
    expect(output).toMatch(/OIDC_PROFILE +can’t be kept with this provider/)
    expect(output).toContain(missing)
    expect(output).not.toContain('listening')
  },
)

/** Where it is to be, before a provider that lacks what the profile demands, and its settings. */
async function beforeLackingProvider() {
  const way = await mutualTls(onTestFinished)
  const { NODE_EXTRA_CA_CERTS = '' } = way.env(await way.authority.issue(clientName))
  const issuer = await sayingOnly(way.tls)
  const publicUrl = `http://localhost:${await freePort()}`
  return { publicUrl, env: { ...(await keepingProfile(issuer, publicUrl)), NODE_EXTRA_CA_CERTS } }
}

test('several processes of it do not start either', patience, async () => {
  const started = startBffProcess({
    ...(await beforeLackingProvider()),
    args: ['--workers', '2'],
  })

  const { message, output } = await refusal(started)

  expect(message).toContain('exit code 2')
  expect(output).toMatch(/OIDC_PROFILE +can’t be kept with this provider/)
})

test.for([
  ['until it is stopped', ['jobs']],
  ['once', ['jobs', 'run', 'nightly', '--all']],
] as const)('who runs jobs (%s) does not start either', patience, async ([, args]) => {
  const started = startBffProcess({
    ...(await beforeLackingProvider()),
    main: 'bff/src/cli/strongroom.ts',
    args,
    folder: configFolder(`{
      grants: { digest: { title: 'Digest', sentence: 'Writes a digest.', scopes: ['notes'] } },
      jobs: [{ name: 'nightly', grant: 'digest', schedule: '0 2 * * *', run() {} }],
    }`),
  })

  const { message, output } = await refusal(started)

  expect(message).toContain('exit code 2')
  expect(output).toMatch(/OIDC_PROFILE +can’t be kept with this provider/)
  expect(output).not.toContain('jobs-running')
})

test.for([
  ['one process', {}],
  ['several processes', { args: ['--workers', '2'] }],
] as const)(
  'while the provider can’t be reached it starts (%s), and signs nobody in',
  patience,
  async ([, how]) => {
    const publicUrl = `http://localhost:${await freePort()}`
    const issuer = `https://127.0.0.1:${await freePort()}`
    const env = await keepingProfile(issuer, publicUrl)
    const bff = await startBffProcess({ ...how, publicUrl, env })
    onTestFinished(() => bff.stop())

    const browser = racingBrowser('localhost')
    onTestFinished(() => browser.close())
    const door = { index: 0, port: Number(new URL(publicUrl).port) }

    const begun = await browser.send(door, loginPath('/'), { navigates: true })

    expect(begun.status).toBe(503)
  },
)

test(
  'a provider that binds tokens, but none of this client’s, signs nobody in under the profile',
  patience,
  async () => {
    const world = await fapi2World({ method: 'private_key_jwt', registered: {} })

    await expect(world.signIn()).rejects.toThrow('The sign-in failed')
    await expect.poll(() => world.bff.output()).toContain('not bound to our certificate')
    expect(world.bound()).toBe(false)
    expect(await world.session()).toBeNull()
  },
)

test(
  'an ID token signed with what the profile does not allow signs nobody in',
  patience,
  async () => {
    const world = await fapi2World({
      method: 'private_key_jwt',
      registered: {
        tls_client_certificate_bound_access_tokens: true,
        id_token_signed_response_alg: 'RS256',
      },
    })

    await expect(world.signIn()).rejects.toThrow('The sign-in failed')
    await expect.poll(() => world.bff.output()).toContain('sign-in-failed')
    expect(await world.session()).toBeNull()
  },
)

test('settings that contradict the profile are told before it listens', patience, async () => {
  const started = startBffProcess({
    publicUrl: 'http://localhost:1',
    env: {
      OIDC_PROFILE: 'fapi2',
      OIDC_ISSUER: 'http://127.0.0.1:1',
      OIDC_CLIENT_ID: 'app',
      OIDC_CLIENT_SECRET: 'a secret of the client',
      SESSION_SECRET: 'correct horse battery staple and then some',
      API_UPSTREAM: 'http://127.0.0.1:2',
      STORE_URL: 'memory:',
      SPA_DIR: '',
    },
  })

  const { output } = await refusal(started)

  expect(output).toMatch(/OIDC_ISSUER +is plain http/)
  expect(output).toMatch(/OIDC_CLIENT_AUTH +is client_secret_post/)
  expect(output).toMatch(/OIDC_PROFILE +is fapi2, which wants access tokens bound to their sender/)
})

function refusal(started: Promise<unknown>): Promise<BffStartError> {
  return started.then(
    () => Promise.reject(new Error('it started')),
    (error: BffStartError) => error,
  )
}

/** A provider that has nothing but a discovery document. */
async function sayingOnly({ cert, key }: ServerOptions): Promise<string> {
  const server = createServer({ cert, key }, (_request, response) => {
    const endpoint = `${issuer}/any`
    const endpoints = { authorization_endpoint: endpoint, token_endpoint: endpoint }
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ issuer, ...endpoints, jwks_uri: endpoint }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return issuer
}

/** Settings that keep the profile. */
async function keepingProfile(issuer: string, publicUrl: string): Promise<Record<string, string>> {
  const keys = keyFile([await newKey('ES256')], onTestFinished)
  return {
    OIDC_PROFILE: 'fapi2',
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'app',
    OIDC_CLIENT_KEY_FILE: keys,
    OIDC_DPOP: 'on',
    SESSION_SECRET: 'correct horse battery staple and then some',
    API_UPSTREAM: 'http://127.0.0.1:2',
    STORE_URL: `sqlite:${join(dirname(keys), 'store.db')}`,
    SPA_DIR: '',
    PUBLIC_URL: publicUrl,
    HOST: '127.0.0.1',
    PORT: new URL(publicUrl).port,
  }
}

interface Fapi2 {
  readonly method: 'private_key_jwt' | 'tls_client_auth'
  readonly registered?: Readonly<Record<string, unknown>>
  /** What the profile takes. @default true */
  readonly pushes?: boolean
  readonly binds?: boolean
  /** Bound to a key of the session, in the place of the certificate. @default false */
  readonly dpop?: boolean
}

/** A provider that demands the whole of the FAPI 2.0 Security Profile. */
async function fapi2World({
  method,
  registered,
  pushes = true,
  binds = true,
  dpop = false,
}: Fapi2) {
  const way = await mutualTls(onTestFinished)
  const key = await newKey('ES256')
  const signing = await providerKey()
  const world = await protocolWorld(
    {
      tls: way.tls,
      accessTokenSeconds: 3,
      configure: (configuration) =>
        withClient(demandingFapi2(way.configure(configuration, { binds }), signing, pushes), {
          client_secret: undefined,
          token_endpoint_auth_method: method,
          ...(method === 'private_key_jwt' && {
            jwks: { keys: [publicHalf(key)] },
            token_endpoint_auth_signing_alg: 'ES256',
          }),
          ...(method === 'tls_client_auth' && { tls_client_auth_san_dns: clientName }),
          id_token_signed_response_alg: 'ES256',
          ...(registered ?? { tls_client_certificate_bound_access_tokens: true }),
        }),
      env: {
        LOG_LEVEL: 'info',
        ...way.env(await way.authority.issue(clientName)),
        ...(dpop && { OIDC_DPOP: 'on', OIDC_TLS_CERT_FILE: '', OIDC_TLS_KEY_FILE: '' }),
        OIDC_PROFILE: 'fapi2',
        OIDC_CLIENT_SECRET: '',
        OIDC_CLIENT_AUTH: method,
        ...(method === 'private_key_jwt' && {
          OIDC_CLIENT_KEY_FILE: keyFile([key], onTestFinished),
        }),
      },
    },
    onTestFinished,
  )
  let bound = false
  world.provider.inner.oidc.on('access_token.issued', (token) => {
    bound = (dpop ? token['jkt'] : token['x5t#S256']) !== undefined
  })
  return { ...world, bound: () => bound }
}

function demandingFapi2(
  configuration: Configuration,
  signing: JWK,
  pushes: boolean,
): Configuration {
  return {
    ...configuration,
    jwks: { keys: [...(configuration.jwks?.keys ?? []), signing] as never },
    features: {
      ...configuration.features,
      fapi: { enabled: true, profile: '2.0' },
      pushedAuthorizationRequests: {
        enabled: pushes,
        requirePushedAuthorizationRequests: pushes,
      },
    },
  }
}

async function providerKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: 'ES256', use: 'sig' }
}
