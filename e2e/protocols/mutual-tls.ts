import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { newAuthority, type Authority, type Issued } from '../servers/certificates.ts'
import { freePort } from '../servers/ports.ts'
import type { ProviderOptions } from '../servers/provider.ts'

/** What it takes for Strongroom and a provider to speak over mutual TLS: nobody else trusts these certificates. */
export interface MutualTls {
  readonly authority: Authority
  /** The provider's way to listen: without certificates of clients, and on a port beside it with them. */
  readonly tls: NonNullable<ProviderOptions['tls']>
  /** Adds to the provider's configuration what it says and does about certificates. */
  configure(configuration: Configuration, demand?: CertificateDemand): Configuration
  /** Strongroom's settings: whom to trust, and which certificate to show. */
  env(client: Issued): Record<string, string>
}

export interface CertificateDemand {
  /** Whether access tokens are bound to certificates. @default true */
  readonly binds?: boolean
}

/** @param atEnd  takes what must be done when the test is over */
export async function mutualTls(atEnd: (end: () => void) => void): Promise<MutualTls> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-tls-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const authority = await newAuthority()
  const before = getCACertificates('default')
  // For the scripted browser, which runs in this process.
  setDefaultCACertificates([...before, authority.pem])
  atEnd(() => setDefaultCACertificates(before))
  const server = await authority.issue('127.0.0.1')
  const certifiedPort = await freePort()
  const write = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  return {
    authority,
    tls: { ...server, ca: authority.pem, certifiedPort },
    configure: (configuration, demand) => withCertificates(configuration, certifiedPort, demand),
    env: ({ cert, key }) => ({
      NODE_EXTRA_CA_CERTS: write('authority.pem', authority.pem),
      OIDC_TLS_CERT_FILE: write('client.pem', cert),
      OIDC_TLS_KEY_FILE: write('client-key.pem', key),
    }),
  }
}

function withCertificates(
  configuration: Configuration,
  port: number,
  { binds = true }: CertificateDemand = {},
): Configuration {
  const methods = ['tls_client_auth', 'self_signed_tls_client_auth', 'private_key_jwt'] as const
  return {
    ...configuration,
    clientAuthMethods: [...methods],
    clientDefaults: { token_endpoint_auth_method: 'tls_client_auth' },
    discovery: { mtls_endpoint_aliases: aliases(`https://127.0.0.1:${port}`) },
    features: {
      ...configuration.features,
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: binds,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: (ctx) => socketOf(ctx)?.getPeerX509Certificate()?.toString(),
        certificateAuthorized: (ctx) => socketOf(ctx)?.authorized ?? false,
        certificateSubjectMatches: (ctx, property, expected) =>
          property === 'tls_client_auth_san_dns' &&
          socketOf(ctx)?.getPeerX509Certificate()?.subjectAltName === `DNS:${expected}`,
      },
    },
  }
}

function socketOf(ctx: KoaContextWithOIDC): TLSSocket | null {
  return ctx.socket instanceof TLSSocket ? ctx.socket : null
}

function aliases(origin: string) {
  return {
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/token/revocation`,
    introspection_endpoint: `${origin}/token/introspection`,
    pushed_authorization_request_endpoint: `${origin}/request`,
  }
}
