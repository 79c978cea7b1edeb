import { routes } from '@strongroom/client'
import type { JWK } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../servers/ports.ts'
import { keyFile, newEncryptionKey, newKey } from './client-keys.ts'
import { configFolder } from './config-folder.ts'
import { protocolWorld, withClient } from './protocol-world.ts'

const patience = { timeout: 40_000 }
const jwksPath = '/auth/jwks'

test.for(['ECDH-ES', 'RSA-OAEP-256'] as const)(
  'encrypted ID tokens (%s) sign in, come with a refresh, and are a hint at the sign-out',
  patience,
  async (algorithm) => {
    const world = await worldEncrypting(await newEncryptionKey(algorithm))

    const back = await world.signIn()
    const first = await world.session()
    await world.untilExpired()
    const call = await world.send(`${routes.api}/notes`)
    const after = await world.session()
    const signedOut = await fetch(world.publicUrl + routes.logout, {
      method: 'POST',
      headers: { cookie: world.browser.jar.header(), origin: world.publicUrl },
      body: new URLSearchParams(),
      redirect: 'manual',
    })
    const handedOver = (signedOut.headers.get('location') ?? '') + (await signedOut.text())
    const [, hint] = /id_token_hint\W+(?:value=")?([\w.-]+)/.exec(handedOver) ?? []

    expect(back.location).toBe('/')
    expect(first?.user).toMatchObject({ sub: 'ada' })
    expect(call.status).toBe(200)
    expect(after?.token.expiresAt).toBeGreaterThan(first?.token.expiresAt ?? 0)
    expect(world.bff.output()).not.toContain('id-token-left-out')
    // Signed, not encrypted: the provider must be able to read it.
    expect(hint?.split('.')).toHaveLength(3)
  },
)

test(
  'the key to encrypt for is published beside the one that signs, without its private half',
  patience,
  async () => {
    const keys = [await newKey('ES256'), await newEncryptionKey('ECDH-ES')]
    const world = await worldEncrypting(keys[1] as JWK, { keys })

    const published = await (await fetch(world.publicUrl + jwksPath)).json()

    expect(published.keys.map(({ kid, use, alg }: JWK) => ({ kid, use, alg }))).toEqual([
      { kid: keys[0]?.kid, use: 'sig', alg: 'ES256' },
      { kid: keys[1]?.kid, use: 'enc', alg: 'ECDH-ES' },
    ])
    expect(JSON.stringify(published)).not.toContain('"d"')
  },
)

test(
  'an ID token that is not encrypted signs nobody in where encryption was agreed on',
  patience,
  async () => {
    const world = await worldEncrypting(await newEncryptionKey('ECDH-ES'), {
      encrypts: false,
    })

    await expect(world.signIn()).rejects.toThrow('The sign-in failed')

    await expect.poll(() => world.bff.output()).toContain('not encrypted')
    expect(await world.session()).toBeNull()
  },
)

interface Encrypting {
  readonly keys?: readonly JWK[]
  readonly encrypts?: boolean
}

async function worldEncrypting(key: JWK, { keys = [key], encrypts = true }: Encrypting = {}) {
  const app = await freePort()
  const registered = {
    jwks_uri: `http://localhost:${app}${jwksPath}`,
    id_token_encrypted_response_alg: key.alg,
    id_token_encrypted_response_enc: 'A256GCM',
  }
  return protocolWorld(
    {
      ports: { app },
      accessTokenSeconds: 3,
      settings: configFolder(`{ provider: { encryptedAnswers: ['id_token'] } }`),
      configure: (configuration) =>
        withClient(
          {
            ...configuration,
            features: { ...configuration.features, encryption: { enabled: true } },
          },
          encrypts ? registered : {},
        ),
      env: {
        LOG_LEVEL: 'info',
        OIDC_CLIENT_KEY_FILE: keyFile(keys, onTestFinished),
        OIDC_CLIENT_JWKS_PATH: jwksPath,
      },
    },
    onTestFinished,
  )
}
