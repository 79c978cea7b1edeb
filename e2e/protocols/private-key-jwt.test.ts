import { writeFileSync } from 'node:fs'
import { exportJWK, exportPKCS8, generateKeyPair, type JWK } from 'jose'
import { routes } from '@strongroom/client'
import type { Configuration } from 'oidc-provider'
import { expect, onTestFinished, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../servers/ports.ts'
import { protocolWorld, withClient } from './protocol-world.ts'

const patience = { timeout: 40_000 }
const jwksPath = '/auth/jwks'

test.for(['ES256', 'PS256', 'Ed25519'] as const)(
  'signs in, renews and revokes by a key of its own (private_key_jwt, %s), which the provider fetches',
  patience,
  async (algorithm) => {
    const key = await newKey(algorithm)
    const world = await worldWithKeys([key], { accessTokenSeconds: 3 })

    const back = await world.signIn()
    await world.untilExpired()
    const call = await world.send(`${routes.api}/notes`)
    const signedOut = await world.send(routes.logout, { method: 'POST' })

    expect(back.location).toBe('/')
    expect(call.status).toBe(200)
    expect(signedOut.body).toMatchObject({ receipt: { refreshToken: 'revoked' } })
  },
)

test('whichever of two keys stands first signs, and both are published', patience, async () => {
  const [old, next] = [await newKey('ES256'), await newKey('ES256')]
  const steps = [
    [old, next],
    [next, old],
  ]

  for (const keys of steps) {
    const world = await worldWithKeys(keys)
    const back = await world.signIn()
    expect(back.location).toBe('/')
    const published = await (await fetch(world.publicUrl + jwksPath)).json()
    expect(published.keys.map(({ kid }: JWK) => kid)).toEqual(keys.map(({ kid }) => kid))
  }
})

test('nothing private is published', patience, async () => {
  const world = await worldWithKeys([await newKey('ES256')])

  const answer = await fetch(world.publicUrl + jwksPath)
  const text = await answer.text()

  expect(answer.headers.get('content-type')).toBe('application/jwk-set+json')
  expect(Object.keys(JSON.parse(text).keys[0]).toSorted()).toEqual(
    ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'].toSorted(),
  )
})

test('a PEM file is a key, too', patience, async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const world = await worldWithKeys(await exportPKCS8(privateKey))

  const back = await world.signIn()

  expect(back.location).toBe('/')
})

async function newKey(algorithm: 'ES256' | 'PS256' | 'Ed25519'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), alg: algorithm }
}

async function worldWithKeys(
  keys: readonly JWK[] | string,
  options: { readonly accessTokenSeconds?: number } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-keys-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'client-keys.json')
  writeFileSync(file, typeof keys === 'string' ? keys : JSON.stringify({ keys }))
  const app = await freePort()
  const jwksUri = `http://localhost:${app}${jwksPath}`
  return protocolWorld(
    {
      ...options,
      ports: { app },
      configure: (configuration) => demandingKeys(configuration, jwksUri),
      env: { OIDC_CLIENT_SECRET: '', OIDC_CLIENT_KEY_FILE: file, OIDC_CLIENT_JWKS_PATH: jwksPath },
    },
    onTestFinished,
  )
}

function demandingKeys(configuration: Configuration, jwks_uri: string): Configuration {
  return withClient(
    {
      ...configuration,
      clientAuthMethods: ['private_key_jwt'],
      clientDefaults: { token_endpoint_auth_method: 'private_key_jwt' },
    },
    { token_endpoint_auth_method: 'private_key_jwt', client_secret: undefined, jwks_uri },
  )
}
