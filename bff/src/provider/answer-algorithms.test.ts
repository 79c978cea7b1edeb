import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { newKey } from '../testing/hostile-tokens.ts'
import { providerOf } from '../testing/provider-of.ts'
import { issuer, testBff } from '../testing/test-bff.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** Offers all that the profile takes, and more. */
const able = {
  pushed_authorization_request_endpoint: `${issuer}/par`,
  id_token_signing_alg_values_supported: ['RS256', 'PS256'],
  authorization_signing_alg_values_supported: ['RS256', 'PS256'],
  token_endpoint_auth_methods_supported: ['tls_client_auth'],
  dpop_signing_alg_values_supported: ['ES256'],
}

/** Whether an answer of the authorization endpoint (JARM) that is signed like this is taken. */
async function isTaken(algorithm: string, profile: ProviderSettings['profile']): Promise<boolean> {
  const world = await testBff()
  const { jwk, privateKey } = await newKey(algorithm, 'first')
  world.provider.metadata = { ...able, jwks_uri: `${issuer}/keys` }
  world.provider.app.get('/keys', (c) => c.json({ keys: [jwk] }))
  const settings = { clientAuthentication: 'tls_client_auth', dpop: true } as const
  const provider = providerOf(world, { ...settings, profile, responseMode: 'jwt' })
  const response = await new SignJWT({ state: 's', code: 'c' })
    .setProtectedHeader({ alg: algorithm, kid: 'first' })
    .setIssuer(issuer)
    .setAudience('app')
    .setExpirationTime(world.clock.now() + 60)
    .sign(privateKey)

  return (await provider.readAnswer(new URLSearchParams({ response }))).ok
}

test('FAPI 2.0 §5.4.1: under the profile an answer is signed with what it allows, whatever is offered', async () => {
  expect(await isTaken('RS256', 'fapi2')).toBe(false)
  expect(await isTaken('PS256', 'fapi2')).toBe(true)
  expect(await isTaken('RS256', null)).toBe(true)
})
