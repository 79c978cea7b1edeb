import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { routes } from '@strongroom/client'
import { decodeProtectedHeader, type JWK } from 'jose'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { expect, onTestFinished, test } from 'vitest'
import { closeServer, listenOnLoopback } from '../servers/loopback-server.ts'
import { freePort } from '../servers/ports.ts'
import { keyFile, newKey } from './client-keys.ts'
import { configFolder } from './config-folder.ts'
import { mutualTls, type MutualTls } from './mutual-tls.ts'
import { protocolWorld, withClient, type ProtocolWorld } from './protocol-world.ts'

const patience = { timeout: 60_000 }
const jwksPath = '/auth/jwks'
/** Where calls bear a token of the app's own. */
const ownPath = '/api/own'
const clientName = 'strongroom.example.com'

test(
  'keys that are replaced in their file sign within seconds, and a broken file leaves the old in use',
  patience,
  async () => {
    const [old, next] = [await newKey('ES256'), await newKey('ES256')]
    // Known to the provider from the first: it looks again after minutes only.
    const file = keyFile([old, next], onTestFinished)
    const world = await worldByKey(file)
    const signedWith = seenBy(world, (ctx) => {
      const assertion = ctx.oidc.params?.['client_assertion']
      return decodeProtectedHeader(String(assertion)).kid
    })

    await world.signIn()
    const first = signedWith.at(-1)
    writeFileSync(file, '{"keys":')
    await expect.poll(() => world.bff.output(), within).toContain('credentials-refused')
    await world.untilExpired()
    const meanwhile = await world.send(`${routes.api}/notes`)
    const second = signedWith.at(-1)
    writeFileSync(file, JSON.stringify({ keys: [next, old] }))
    await expect.poll(() => publishedBy(world), within).toEqual([next.kid, old.kid])
    await world.untilExpired()
    const after = await world.send(`${routes.api}/notes`)
    const third = signedWith.at(-1)

    expect([meanwhile.status, after.status]).toEqual([200, 200])
    expect([first, second, third]).toEqual([old.kid, old.kid, next.kid])
  },
)

test(
  'a certificate that is replaced in its files is shown to provider and API within seconds',
  patience,
  async () => {
    const { world, was, is, renew } = await worldByCertificate()
    const shown = seenBy(world, shownOver)

    await world.signIn()
    const before = await world.send(`${routes.api}/whoami`)
    const shownBefore = shown.at(-1)
    await renew()
    await world.untilExpired()
    const after = await world.send(`${routes.api}/whoami`)

    expect([before.body, after.body]).toEqual([{ shown: was }, { shown: is }])
    expect([shownBefore, shown.at(-1)]).toEqual([was, is])
  },
)

test(
  'a token of the app’s own that was bound to the certificate of before is asked for anew',
  patience,
  async () => {
    const { world, was, is, renew } = await worldByCertificate()
    const asked = seenBy(world, (ctx) => ({
      grant: ctx.oidc.params?.['grant_type'],
      shown: shownOver(ctx),
    }))

    await world.signIn()
    const answers = [await world.send(ownPath), await world.send(ownPath)]
    await renew()
    answers.push(await world.send(ownPath), await world.send(ownPath))

    expect(answers.map(({ body }) => body)).toEqual([was, was, is, is].map((shown) => ({ shown })))
    const shownFor = asked.filter(({ grant }) => grant === 'client_credentials')
    expect(shownFor.map(({ shown }) => shown)).toEqual([was, is])
  },
)

/** A change must be seen twice, five seconds apart. */
const within = { timeout: 15_000 }

/** What stands in each request to the token endpoint from now on. */
function seenBy<T>({ provider }: ProtocolWorld, what: (ctx: KoaContextWithOIDC) => T): T[] {
  const seen: T[] = []
  provider.inner.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/token') seen.push(what(ctx))
  })
  return seen
}

async function publishedBy({ publicUrl }: ProtocolWorld): Promise<readonly unknown[]> {
  const { keys } = await (await fetch(publicUrl + jwksPath)).json()
  return keys.map(({ kid }: JWK) => kid)
}

async function worldByKey(file: string) {
  const app = await freePort()
  return protocolWorld(
    {
      ports: { app },
      accessTokenSeconds: 3,
      configure: (configuration) =>
        withClient(
          {
            ...configuration,
            clientAuthMethods: ['private_key_jwt'],
            clientDefaults: { token_endpoint_auth_method: 'private_key_jwt' },
          },
          { client_secret: undefined, jwks_uri: `http://localhost:${app}${jwksPath}` },
        ),
      env: {
        LOG_LEVEL: 'info',
        OIDC_CLIENT_SECRET: '',
        OIDC_CLIENT_KEY_FILE: file,
        OIDC_CLIENT_JWKS_PATH: jwksPath,
      },
    },
    onTestFinished,
  )
}

/** The certificates by their fingerprints: the one it begins with, and the one that `renew` puts in its place. */
async function worldByCertificate() {
  const way = await mutualTls(onTestFinished)
  const [old, next] = [await way.authority.issue(clientName), await way.authority.issue(clientName)]
  const env = way.env(old)
  const api = await apiThatTellsCertificates(way)
  const world = await protocolWorld(
    {
      tls: way.tls,
      accessTokenSeconds: 3,
      settings: configFolder(
        `{ upstreams: [
          { prefix: '/api', target: '${api}', clientCertificate: true },
          { prefix: '${ownPath}', target: '${api}', clientCertificate: true, token: 'client' },
        ] }`,
      ),
      configure: (configuration) =>
        withClient(withOwnTokens(way.configure(configuration)), {
          client_secret: undefined,
          grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
          token_endpoint_auth_method: 'tls_client_auth',
          tls_client_auth_san_dns: clientName,
        }),
      env: {
        ...env,
        LOG_LEVEL: 'info',
        API_UPSTREAM: '',
        OIDC_CLIENT_SECRET: '',
        OIDC_CLIENT_AUTH: 'tls_client_auth',
      },
    },
    onTestFinished,
  )
  return {
    world,
    was: fingerprintOf(old.cert),
    is: fingerprintOf(next.cert),
    async renew(): Promise<void> {
      writeFileSync(env['OIDC_TLS_CERT_FILE'] ?? '', next.cert)
      writeFileSync(env['OIDC_TLS_KEY_FILE'] ?? '', next.key)
      await expect.poll(() => world.bff.output(), within).toContain('credentials-renewed')
    },
  }
}

function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256
}

/** The fingerprint of the certificate that was shown over a connection. */
function shownOver({ socket }: { readonly socket: Socket }): string | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.fingerprint256 : undefined
}

function withOwnTokens(configuration: Configuration): Configuration {
  const features = { ...configuration.features, clientCredentials: { enabled: true } }
  return { ...configuration, features }
}

async function apiThatTellsCertificates({ tls }: MutualTls): Promise<string> {
  const options = { ...tls, requestCert: true, rejectUnauthorized: false }
  const server = createServer(options, (request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ shown: shownOver(request) }))
  })
  const port = await listenOnLoopback(server, 0)
  onTestFinished(() => closeServer(server))
  return `https://127.0.0.1:${port}`
}
