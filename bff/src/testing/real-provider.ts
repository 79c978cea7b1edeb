import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider, type ClientMetadata, type Configuration } from 'oidc-provider'
import { onTestFinished } from 'vitest'
import { memoryAdapter } from './memory-adapter.ts'

export interface RealProvider {
  readonly issuer: string
  readonly clientSecret: string
}

export interface RealProviderOptions {
  readonly publicUrl: string
  readonly client?: Partial<ClientMetadata>
  readonly configuration?: Configuration
  /** Sees each request first; answers it where it gives true. */
  readonly before?: (...call: Parameters<RequestListener>) => boolean
}

/** Made once: it takes longer than most tests. */
const keyPair = generateKeyPair('RS256', { extractable: true })

/** oidc-provider on a port of the loopback, with one user whom it knows without asking, until the test is over. */
export async function realProvider({
  publicUrl,
  client,
  configuration,
  before = () => false,
}: RealProviderOptions): Promise<RealProvider> {
  const clientSecret = client?.client_secret ?? randomBytes(24).toString('base64url')
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    adapter: memoryAdapter(),
    jwks: { keys: [await exportJWK((await keyPair).privateKey)] },
    clients: [
      {
        client_id: 'app',
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/auth/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
        ...client,
      },
    ],
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        accountId: String(oidc.session?.accountId),
        clientId: String(oidc.client?.clientId),
      })
      grant.addOIDCScope('openid profile email offline_access')
      await grant.save()
      return grant
    },
    ...configuration,
  })
  const answer = provider.callback()
  server.on('request', (request, response) => {
    if (before(request, response)) return
    if (request.url?.startsWith('/interaction/'))
      void provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
    else void answer(request, response)
  })
  return { issuer, clientSecret }
}
