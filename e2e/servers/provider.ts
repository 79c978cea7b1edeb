import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { Provider, type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import { interactions } from './interactions.ts'
import { jwtAccessTokens, type JwtAccessTokens } from './jwt-access-tokens.ts'
import { closeServer, listenOnLoopback } from './loopback-server.ts'
import { memoryStore, type MemoryStore } from './memory-adapter.ts'
import { freePort } from './ports.ts'
import {
  callbackOf,
  providerConfiguration,
  type ProviderSettings,
} from './provider-configuration.ts'

export interface ProviderOptions {
  /** Origin of the app: its callback is `/auth/callback`, and it gets people back at `/` after signing out. */
  readonly publicUrl: string
  /** @default 0 (any free port) */
  readonly port?: number
  readonly clientId?: string
  /** @default a random one */
  readonly clientSecret?: string
  /** What people read when the app asks them for something. */
  readonly appName?: string
  /** `aud` of the access tokens. */
  readonly apiAudience?: string
  /** Other APIs that tokens may be asked for, by their resource indicators. @default none */
  readonly moreResources?: readonly string[]
  /** What access tokens may allow at those APIs. @default ['notes'] */
  readonly apiScopes?: readonly string[]
  /** @default 60 */
  readonly accessTokenSeconds?: number
  /** So many people more, `user-1` and on, whom nobody sees at the sign-in. @default 0 */
  readonly crowd?: number
  /** Tell the app at `/auth/backchannel-logout` when a session ends here. @default false */
  readonly backchannelLogout?: boolean
  /** Listens with TLS. @default plain http */
  readonly tls?: ProviderTls
  /** What it demands beyond the demo's configuration. */
  readonly configure?: (configuration: Configuration) => Configuration
}

export interface ProviderTls {
  /** PEM. */
  readonly cert: string
  readonly key: string
  /** Who vouches for clients; PEM. */
  readonly ca: string
  /** A port beside the provider's own, where clients are asked for a certificate, and may have any or none. */
  readonly certifiedPort: number
}

export interface RunningProvider {
  readonly issuer: string
  readonly port: number
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly apiAudience: string
  /** Closes the port and every connection. Keys, sessions and tokens are kept. */
  stop(): Promise<void>
  /** Opens the same port again. */
  start(): Promise<void>
  /** What tests may reach into. */
  readonly inner: ProviderInner
}

export interface ProviderInner {
  readonly oidc: Provider
  readonly store: MemoryStore
  readonly accessTokens: JwtAccessTokens
  readonly settings: ProviderSettings
  use(middleware: ProviderMiddleware): void
}

export type ProviderMiddleware = (
  ctx: KoaContextWithOIDC,
  next: () => Promise<unknown>,
) => Promise<void>

/**
 * A real OpenID provider on `http://127.0.0.1:<port>`. That is another *site* than the app's `http://localhost`, so
 * that SameSite cookies behave as they do in real life.
 */
export async function startProvider(options: ProviderOptions): Promise<RunningProvider> {
  const keys = await makeKeys()
  let handle: RequestListener = (_request, response) => void response.writeHead(503).end()
  const listener: RequestListener = (request, response) => handle(request, response)
  const { tls } = options
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  const certified = tls && createTlsServer({ ...tls, ...anyCertificate }, listener)
  const port = await listenOnLoopback(server, options.port || (await freePort()))
  if (certified) await listenOnLoopback(certified, tls.certifiedPort)
  const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const { oidc, ...inner } = makeProvider(issuer, options, keys)
  handle = oidc.callback()

  return {
    issuer,
    port,
    clientId: inner.client.id,
    clientSecret: inner.client.secret,
    redirectUri: callbackOf(inner.client),
    apiAudience: inner.apiAudience,
    async stop() {
      await closeServer(server)
      if (certified) await closeServer(certified)
    },
    async start() {
      if (!server.listening) await listenOnLoopback(server, port)
      if (certified && !certified.listening) await listenOnLoopback(certified, tls.certifiedPort)
    },
    inner: {
      oidc,
      store: inner.store,
      accessTokens: inner.accessTokens,
      settings: inner.settings,
      use(middleware) {
        oidc.use(middleware)
        handle = oidc.callback()
      },
    },
  }
}

/** Who it is, is for the provider to judge. */
const anyCertificate = { requestCert: true, rejectUnauthorized: false } as const

interface ProviderKeys {
  readonly signing: JWK
  readonly public: JWK
}

function makeProvider(issuer: string, options: ProviderOptions, keys: ProviderKeys) {
  const client = {
    id: options.clientId ?? 'strongroom-demo',
    secret: options.clientSecret ?? randomBytes(32).toString('base64url'),
    name: options.appName ?? 'Strongroom demo',
    publicUrl: new URL(options.publicUrl).origin,
    backchannelLogout: options.backchannelLogout ?? false,
  }
  const apiAudience = options.apiAudience ?? 'urn:strongroom:sample-api'
  const settings = {
    accessTokenSeconds: options.accessTokenSeconds ?? 60,
    idTokenBallast: 0,
    crowd: options.crowd ?? 0,
  }
  const store = memoryStore()
  const accessTokens = jwtAccessTokens({
    issuer,
    publicKeys: { keys: [keys.public] },
    findGrant: (grantId) => store.adapter('Grant').find(grantId),
  })
  const { apiScopes = ['notes'], moreResources = [] } = options
  const parts = {
    client,
    apiAudience,
    moreResources,
    apiScopes,
    signingKey: keys.signing,
    store,
    accessTokens,
    settings,
  }
  const { configure = (configuration) => configuration } = options
  const oidc = new Provider(issuer, configure(providerConfiguration(parts)))
  accessTokens.serve(oidc)
  const { crowd } = settings
  oidc.use(interactions(oidc, { appName: client.name, appUrl: client.publicUrl, crowd }))
  return { oidc, ...parts }
}

async function makeKeys(): Promise<ProviderKeys> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  const names = { alg: 'RS256', use: 'sig', kid: await calculateJwkThumbprint(publicJwk) } as const
  return {
    signing: { ...(await exportJWK(privateKey)), ...names },
    public: { ...publicJwk, ...names },
  }
}
