import { X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import { routes } from '@strongroom/client'
import { decodeJwt } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { selfSigned, type Issued } from '../servers/certificates.ts'
import { closeServer, listenOnLoopback } from '../servers/loopback-server.ts'
import { freePort } from '../servers/ports.ts'
import { configFolder } from './config-folder.ts'
import { mutualTls, type MutualTls } from './mutual-tls.ts'
import { protocolWorld, withClient } from './protocol-world.ts'

const patience = { timeout: 40_000 }
const clientName = 'strongroom.example.com'
const jwksPath = '/auth/jwks'

test(
  'signs in, renews and revokes by a certificate that an authority has issued (tls_client_auth)',
  patience,
  async () => {
    const way = await mutualTls(onTestFinished)
    const world = await worldByCertificate(way, await way.authority.issue(clientName), {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_san_dns: clientName,
    })

    const back = await world.signIn()
    await world.untilExpired()
    const call = await world.send(`${routes.api}/notes`)
    const signedOut = await world.send(routes.logout, { method: 'POST' })

    expect(back.location).toBe('/')
    expect(call.status).toBe(200)
    expect(signedOut.body).toMatchObject({ receipt: { refreshToken: 'revoked' } })
  },
)

test(
  'signs in by a certificate of its own making, which the provider fetches (self_signed_tls_client_auth)',
  patience,
  async () => {
    const way = await mutualTls(onTestFinished)
    const app = await freePort()
    const client = await selfSigned(clientName)
    const world = await worldByCertificate(
      way,
      client,
      {
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks_uri: `http://localhost:${app}${jwksPath}`,
      },
      { app, OIDC_CLIENT_JWKS_PATH: jwksPath },
    )

    const back = await world.signIn()
    const published = await (await fetch(world.publicUrl + jwksPath)).json()

    expect(back.location).toBe('/')
    expect(published.keys).toHaveLength(1)
    expect(published.keys[0].x5c).toEqual([new X509Certificate(client.cert).raw.toString('base64')])
    expect(published.keys[0].d).toBeUndefined()
  },
)

test.for([
  ['of another client', (way: MutualTls) => way.authority.issue('another.example.com')],
  ['that nobody vouches for', () => selfSigned(clientName)],
] as const)('a certificate %s signs nobody in', patience, async ([, issue]) => {
  const way = await mutualTls(onTestFinished)
  const world = await worldByCertificate(way, await issue(way), {
    token_endpoint_auth_method: 'tls_client_auth',
    tls_client_auth_san_dns: clientName,
  })

  const failed = world.signIn()

  await expect(failed).rejects.toThrow(/No sign-in began/)
  await expect.poll(() => world.bff.output()).toContain('invalid_client')
})

test(
  'an API that takes a token from its owner alone is shown the certificate, and only where the row says so',
  patience,
  async () => {
    const way = await mutualTls(onTestFinished)
    const client = await way.authority.issue(clientName)
    const api = await certifiedApi(way)
    const world = await worldByCertificate(
      way,
      client,
      {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: clientName,
        tls_client_certificate_bound_access_tokens: true,
      },
      {
        settings: configFolder(`{ upstreams: [
        { prefix: '/api', target: '${api}', clientCertificate: true },
        { prefix: '/api/bare', target: '${api}' },
      ] }`),
        API_UPSTREAM: '',
      },
    )
    await world.signIn()

    const certified = await world.send(`${routes.api}/whoami`)
    const bare = await world.send(`${routes.api}/bare/whoami`)

    expect(certified).toMatchObject({ status: 200, body: { bound: true } })
    expect(bare).toMatchObject({ status: 401, body: { bound: false } })
  },
)

/** An API that asks for a certificate and takes a token only with the one that it is bound to (RFC 8705 §3). */
async function certifiedApi({ tls }: MutualTls): Promise<string> {
  const options = { ...tls, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (request, response) => {
    const { cnf } = decodeJwt<{ cnf?: Record<string, string> }>(
      (request.headers.authorization ?? '').replace('Bearer ', ''),
    )
    const shown =
      request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate() : undefined
    const bound = shown !== undefined && thumbprint(shown) === cnf?.['x5t#S256']
    response.writeHead(bound ? 200 : 401, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ bound }))
  })
  const port = await listenOnLoopback(server, 0)
  onTestFinished(() => closeServer(server))
  return `https://127.0.0.1:${port}`
}

function thumbprint({ fingerprint256 }: X509Certificate): string {
  return Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url')
}

async function worldByCertificate(
  way: MutualTls,
  issued: Issued,
  registered: Readonly<Record<string, unknown>>,
  {
    app,
    settings,
    ...env
  }: { readonly app?: number; readonly settings?: string } & Record<string, unknown> = {},
) {
  return protocolWorld(
    {
      tls: way.tls,
      accessTokenSeconds: 3,
      ...(app === undefined ? {} : { ports: { app } }),
      ...(settings === undefined ? {} : { settings }),
      configure: (configuration) =>
        withClient(way.configure(configuration), { client_secret: undefined, ...registered }),
      env: {
        LOG_LEVEL: 'info',
        ...way.env(issued),
        OIDC_CLIENT_SECRET: '',
        OIDC_CLIENT_AUTH: String(registered['token_endpoint_auth_method']),
        ...(env as Record<string, string>),
      },
    },
    onTestFinished,
  )
}
