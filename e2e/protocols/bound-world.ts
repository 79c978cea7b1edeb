import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Configuration } from 'oidc-provider'
import { startBffProcess } from '../servers/bff-process.ts'
import type { DemoWorldOptions } from '../servers/demo-world.ts'
import { freePort } from '../servers/ports.ts'
import { startBoundApi } from './bound-api.ts'
import { protocolWorld, withClient } from './protocol-world.ts'

/** A provider that gives bound tokens alone, and wants its nonce in each proof. */
export const demandsProofs = (configuration: Configuration): Configuration =>
  withClient(
    {
      ...configuration,
      features: {
        ...configuration.features,
        clientCredentials: { enabled: true },
        pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
        dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      },
    },
    {
      dpop_bound_access_tokens: true,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    },
  )

/**
 * Strongroom between that provider and an API that checks each proof.
 *
 * @param atEnd  takes what must be done when the test is over
 */
export async function boundWorld(
  atEnd: (end: () => Promise<void> | void) => void,
  options: DemoWorldOptions = {},
) {
  let issuer = ''
  const api = await startBoundApi(() => issuer)
  atEnd(() => api.stop())
  const secret = randomBytes(32).toString('base64url')
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-bound-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const shared = {
    API_UPSTREAM: api.url,
    OIDC_DPOP: 'on',
    SESSION_SECRET: secret,
    STORE_URL: `sqlite:${join(folder, 'store.db')}`,
  }
  const world = await protocolWorld(
    { configure: demandsProofs, ...options, env: { ...shared, ...options.env } },
    atEnd,
  )
  ;({ issuer } = world.provider)
  return {
    ...world,
    boundApi: api,
    /** Another process of the same app. @returns its port */
    async another(): Promise<number> {
      const port = await freePort()
      const bff = await startBffProcess({
        publicUrl: `http://127.0.0.1:${port}`,
        env: {
          ...shared,
          ...options.env,
          PUBLIC_URL: world.publicUrl,
          PORT: String(port),
          OIDC_ISSUER: world.provider.issuer,
          OIDC_CLIENT_ID: world.provider.clientId,
          OIDC_CLIENT_SECRET: world.provider.clientSecret,
          OIDC_SCOPE: 'openid profile email offline_access notes',
          SPA_DIR: '',
          LOG_LEVEL: 'warn',
        },
      })
      atEnd(() => bff.stop())
      return port
    },
  }
}

export type BoundWorld = Awaited<ReturnType<typeof boundWorld>>
