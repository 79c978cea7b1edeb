import { decodeJwt, decodeProtectedHeader, type JWK } from 'jose'
import { loginPath } from '@strongroom/client'
import type { Configuration } from 'oidc-provider'
import { expect, onTestFinished, test } from 'vitest'
import { keyFile, newKey, publicHalf } from './client-keys.ts'
import { configFolder } from './config-folder.ts'
import { protocolWorld, withClient } from './protocol-world.ts'

const patience = { timeout: 40_000 }

test.for(['ES256', 'PS256', 'Ed25519'] as const)(
  'a provider that takes signed requests alone gets one (RFC 9101, %s), good for it alone and for a minute',
  patience,
  async (algorithm) => {
    const world = await worldDemandingSignature(await newKey(algorithm))

    const begun = await world.send(loginPath('/'), { navigates: true })
    const asked = new URL(begun.location ?? '').searchParams
    const request = asked.get('request') ?? ''
    const claims = decodeJwt(request)
    const back = await world.signIn()

    expect([...asked.keys()].toSorted()).toEqual(['client_id', 'request'])
    expect(decodeProtectedHeader(request)).toMatchObject({
      typ: 'oauth-authz-req+jwt',
      alg: algorithm,
    })
    expect(claims).toMatchObject({
      iss: world.provider.clientId,
      aud: world.provider.issuer,
      client_id: world.provider.clientId,
      response_type: 'code',
      code_challenge_method: 'S256',
      jti: expect.stringMatching(/^.{16,}$/),
      nbf: claims.iat,
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(60)
    expect(back.location).toBe('/')
  },
)

test(
  'a signed request is pushed where requests are pushed, and the browser carries a reference alone',
  patience,
  async () => {
    const world = await worldDemandingSignature(await newKey('ES256'), { pushed: true })

    const begun = await world.send(loginPath('/'), { navigates: true })
    const asked = new URL(begun.location ?? '').searchParams
    const back = await world.signIn()

    expect([...asked.keys()].toSorted()).toEqual(['client_id', 'request_uri'])
    expect(back.location).toBe('/')
  },
)

test(
  'requests are signed where the settings say so, though nobody demands it',
  patience,
  async () => {
    const settings = configFolder(
      `{ provider: { signedRequests: 'always', pushedRequests: 'when-required' } }`,
    )
    const world = await worldDemandingSignature(await newKey('ES256'), {
      demanded: false,
      settings,
    })

    const begun = await world.send(loginPath('/'), { navigates: true })
    const back = await world.signIn()

    expect([...new URL(begun.location ?? '').searchParams.keys()]).toContain('request')
    expect(back.location).toBe('/')
  },
)

test(
  'without a key nobody is sent to a provider that takes signed requests alone, and the log says why',
  patience,
  async () => {
    const world = await protocolWorld(
      {
        configure: (configuration) => demandingSignature(configuration, {}),
        env: { LOG_LEVEL: 'info' },
      },
      onTestFinished,
    )

    const begun = await world.send(loginPath('/'), { navigates: true })

    expect(begun.location).toBeNull()
    await expect.poll(() => world.bff.output()).toContain('require_signed_request_object')
    expect(world.bff.output()).toContain('OIDC_CLIENT_KEY_FILE')
  },
)

interface Demand {
  readonly pushed?: boolean
  readonly demanded?: boolean
  readonly settings?: string
}

async function worldDemandingSignature(key: JWK, { settings, ...demand }: Demand = {}) {
  const client = {
    token_endpoint_auth_method: 'private_key_jwt',
    client_secret: undefined,
    jwks: { keys: [publicHalf(key)] },
  }
  return protocolWorld(
    {
      ...(settings === undefined ? {} : { settings }),
      configure: (configuration) =>
        withClient(
          {
            ...demandingSignature(configuration, demand),
            clientAuthMethods: ['private_key_jwt'],
            clientDefaults: {},
          },
          client,
        ),
      env: { OIDC_CLIENT_SECRET: '', OIDC_CLIENT_KEY_FILE: keyFile([key], onTestFinished) },
    },
    onTestFinished,
  )
}

function demandingSignature(
  configuration: Configuration,
  { pushed = false, demanded = true }: Demand,
): Configuration {
  return {
    ...configuration,
    features: {
      ...configuration.features,
      requestObjects: { enabled: true, requireSignedRequestObject: demanded },
      pushedAuthorizationRequests: { enabled: pushed },
    },
  }
}
