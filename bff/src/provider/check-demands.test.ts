import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { readClientKeys } from '../base/client-keys.ts'
import { unmetDemands } from './check-demands.ts'

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const settings = {
  clientAuthentication: 'private_key_jwt',
  clientKeys: readClientKeys(JSON.stringify(key.export({ format: 'jwk' }))),
  clientCertificate: { chain: '', key: '' },
  dpop: false,
  profile: 'fapi2',
  responseMode: 'jwt',
  signedRequests: 'always',
} as const

const able = {
  pushed_authorization_request_endpoint: 'https://id.example.com/par',
  code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true,
  id_token_signing_alg_values_supported: ['RS256', 'PS256'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  tls_client_certificate_bound_access_tokens: true,
  response_modes_supported: ['query', 'jwt'],
  require_signed_request_object: true,
}

test('a provider that offers all of it is used', () => {
  expect(unmetDemands(able, settings)).toEqual([])
})

test.for([
  ['pushed_authorization_request_endpoint', undefined],
  ['code_challenge_methods_supported', ['plain']],
  ['code_challenge_methods_supported', undefined],
  ['authorization_response_iss_parameter_supported', undefined],
  ['id_token_signing_alg_values_supported', ['RS256', 'ES384']],
  ['token_endpoint_auth_methods_supported', ['client_secret_post']],
  ['token_endpoint_auth_methods_supported', ['tls_client_auth', 'self_signed_tls_client_auth']],
  ['tls_client_certificate_bound_access_tokens', false],
  ['token_endpoint_auth_methods_supported', 'private_key_jwt'],
] as const)('where %s is %o the profile is not kept, and it is named', ([name, value]) => {
  const [sentence, ...others] = unmetDemands({ ...able, [name]: value }, settings)

  expect(sentence).toContain(name)
  expect(others).toEqual([])
})

test('tokens are bound to a key where that is switched on, and the certificate need not do it', () => {
  const bound = { ...settings, dpop: true }
  const offers = { ...able, tls_client_certificate_bound_access_tokens: false }

  expect(unmetDemands({ ...offers, dpop_signing_alg_values_supported: ['ES256'] }, bound)).toEqual(
    [],
  )
  expect(unmetDemands({ ...offers, dpop_signing_alg_values_supported: ['RS256'] }, bound)).toEqual([
    expect.stringContaining('dpop_signing_alg_values_supported'),
  ])
})

test('the profile’s demands are nobody’s who has not asked for it', () => {
  const plain = { ...settings, profile: null, responseMode: 'query' } as const

  expect(unmetDemands({}, plain)).toEqual([])
})

test('signed requests that there is no key for, and answers that the provider does not know, are told together', () => {
  const without = { ...settings, clientKeys: [], profile: null }
  const server = { ...able, response_modes_supported: ['query'] }

  expect(unmetDemands(server, without)).toEqual([
    expect.stringContaining('OIDC_CLIENT_KEY_FILE'),
    expect.stringContaining('response_mode'),
  ])
})
