import type { JWK } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { keyFile, newEncryptionKey, publicHalf } from './client-keys.ts'
import { configFolder } from './config-folder.ts'
import { protocolWorld, withClient } from './protocol-world.ts'
import { userinfoAlone } from './userinfo-provider.ts'

const patience = { timeout: 40_000 }

/** With it the provider puts the name of a user into userinfo alone. */
const thinIdTokens = { conformIdTokenClaims: true }

test.for(['ECDH-ES', 'RSA-OAEP-256'] as const)(
  'userinfo that is signed and then encrypted (%s) tells of the user',
  patience,
  async (algorithm) => {
    const key = await newEncryptionKey(algorithm)
    const world = await worldTelling(key, { ...signed, ...encrypted(key) }, ['userinfo'])

    await world.signIn()
    const session = await world.session()

    expect(session?.user).toMatchObject({ sub: 'ada', name: 'Ada Lovelace' })
    expect(world.told).toEqual([expect.stringMatching(/^[\w-]+(?:\.[\w-]*){4}$/)])
    expect(world.bff.output()).not.toContain('userinfo-failed')
  },
)

test('userinfo that is only signed tells of the user, too', patience, async () => {
  const world = await worldTelling(await newEncryptionKey('ECDH-ES'), signed, [])

  await world.signIn()
  const session = await world.session()

  expect(session?.user).toMatchObject({ sub: 'ada', name: 'Ada Lovelace' })
  expect(world.told).toEqual([expect.stringMatching(/^[\w-]+(?:\.[\w-]+){2}$/)])
})

test.for([
  ['signed, and not encrypted as was agreed on', { userinfo_signed_response_alg: 'RS256' }],
  ['plain, where encryption was agreed on', {}],
] as const)(
  'userinfo that is %s is not believed, and the sign-in does without',
  patience,
  async ([, registered]) => {
    const world = await worldTelling(await newEncryptionKey('ECDH-ES'), registered, ['userinfo'])

    await world.signIn()
    const session = await world.session()

    expect(session?.user).toEqual({ sub: 'ada' })
    expect(world.told).toHaveLength(1)
    await expect.poll(() => world.bff.output()).toContain('userinfo-failed')
    expect(world.bff.output()).toContain('not encrypted')
    expect(world.bff.output()).not.toContain('Lovelace')
  },
)

const signed = { userinfo_signed_response_alg: 'RS256' }

function encrypted({ alg }: JWK) {
  return { userinfo_encrypted_response_alg: alg, userinfo_encrypted_response_enc: 'A256GCM' }
}

/** @param registered  how userinfo is to come, as the client is registered at the provider */
async function worldTelling(
  key: JWK,
  registered: Readonly<Record<string, unknown>>,
  demanded: readonly 'userinfo'[],
) {
  const told: string[] = []
  const world = await protocolWorld(
    {
      settings: configFolder(`{ provider: { encryptedAnswers: ${JSON.stringify(demanded)} } }`),
      configure: (configuration) => {
        const { features, ...rest } = userinfoAlone(configuration)
        return withClient(
          {
            ...rest,
            ...thinIdTokens,
            features: {
              ...features,
              encryption: { enabled: true },
              jwtUserinfo: { enabled: true },
            },
          },
          { ...registered, jwks: { keys: [publicHalf(key)] } },
        )
      },
      env: {
        LOG_LEVEL: 'info',
        OIDC_SCOPE: 'openid profile offline_access',
        OIDC_CLIENT_KEY_FILE: keyFile([key], onTestFinished),
      },
    },
    onTestFinished,
  )
  world.provider.inner.use(async (ctx, next) => {
    await next()
    if (ctx.path === '/me')
      told.push(typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body))
  })
  return { ...world, told }
}
