import type { Configuration } from 'oidc-provider'
import { expect, test } from 'vitest'
import { examined, healthy } from '../testing/examined.ts'

type Features = NonNullable<Configuration['features']>

const bare: Features = {
  devInteractions: { enabled: false },
  userinfo: { enabled: true },
  pushedAuthorizationRequests: { enabled: false },
  dPoP: { enabled: false },
}

/** What doctor says of one id, at a provider with these features. */
async function told(
  id: string,
  features: Features,
  { config, env: more }: { readonly config?: string; readonly env?: Record<string, string> } = {},
  configuration: Configuration = {},
) {
  const { env } = await healthy({
    configuration: { ...configuration, features: { ...bare, ...features } } as Configuration,
  })
  const file = config === undefined ? {} : { file: `export default ${config}` }
  const { of } = await examined({ ...env, ...more }, file)
  return of(`support.${id}`)
}

const offered: Features = { introspection: { enabled: true } }
const byUserinfo = '{ provider: { introspectByUserinfo: true } }'

test.for([
  [offered, undefined, undefined, 'note', 'offered; used on demand alone'],
  [offered, undefined, 'restore', 'ok', 'used, before the first call of a restored session'],
  [offered, undefined, '60', 'ok', 'used, every 60 s'],
  [{}, undefined, undefined, 'note', 'not offered, and not asked for'],
  [{}, undefined, '60', 'warning', 'OIDC_INTROSPECTION asks for it'],
  [{}, byUserinfo, undefined, 'note', 'userinfo is asked in its place on demand alone'],
  [{}, byUserinfo, '60', 'ok', 'userinfo is asked in its place, every 60 s'],
] as const)(
  'RFC 7662: %j, %s, OIDC_INTROSPECTION=%s: %s',
  async ([features, config, when, level, says]) => {
    const found = await told('introspection', features, {
      ...(config && { config }),
      env: when === undefined ? {} : { OIDC_INTROSPECTION: when },
    })

    expect(found).toMatchObject({ level, text: expect.stringContaining(says) })
  },
)

const exchanging = `{ upstreams: [
  { prefix: '/api', target: 'http://127.0.0.1:9' },
  { prefix: '/api/files', target: 'http://127.0.0.1:9', accessToken: { by: 'exchange', resource: 'urn:files' } },
] }`

test('RFC 8693: which rows exchange tokens, and that the provider lists no such grant', async () => {
  const unused = await told('token-exchange', {})
  const used = await told('token-exchange', {}, { config: exchanging })

  expect(unused).toMatchObject({
    level: 'note',
    text: expect.stringContaining('no row of upstreams uses it'),
  })
  expect(used).toMatchObject({
    level: 'warning',
    text: expect.stringContaining('not listed by the provider; used for /api/files'),
  })
})

test('RFC 8707: what asks by resource, and that no document tells more', async () => {
  const unused = await told('resource-indicators', {})
  const used = await told('resource-indicators', {}, { config: exchanging })
  const always = await told(
    'resource-indicators',
    {},
    { env: { OIDC_AUTHORIZE_PARAMS: 'resource=urn:api' } },
  )

  expect([unused, used, always]).toMatchObject([
    { level: 'note', text: expect.stringMatching(/no document says .*; not used\.$/) },
    { level: 'note', text: expect.stringMatching(/used for \/api\/files\.$/) },
    { level: 'note', text: expect.stringMatching(/used for every sign-in\.$/) },
  ])
})

test('RFC 8705: what is offered of it', async () => {
  const none = await told('mutual-tls', {})
  const both = await told(
    'mutual-tls',
    {
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        getCertificate: () => undefined,
        certificateAuthorized: () => false,
        certificateSubjectMatches: () => false,
      },
    },
    {},
    { clientAuthMethods: ['client_secret_post', 'tls_client_auth'] },
  )

  expect([none, both]).toMatchObject([
    { level: 'note', text: 'Mutual TLS (RFC 8705): not offered; not used.' },
    {
      level: 'note',
      text: 'Mutual TLS (RFC 8705): client authentication by tls_client_auth and tokens bound to the certificate offered; not used.',
    },
  ])
})

test('RFC 9101, 9126, 9207, 9449, 9470 and JARM: nothing of what is not there', async () => {
  const { env } = await healthy({ configuration: { features: bare } })

  const { findings } = await examined(env)

  const text = (id: string) => findings.find((found) => found.id === `support.${id}`)?.text
  expect(text('signed-requests')).toBe('Signed requests (JAR, RFC 9101): not offered; not used.')
  expect(text('pushed-requests')).toContain('(PAR, RFC 9126): not offered.')
  expect(text('issuer-in-answer')).toContain('(RFC 9207): offered; checked.')
  expect(text('dpop')).toContain('(DPoP, RFC 9449): not offered; not used.')
  expect(text('step-up')).toContain('does not say which acr_values it knows; no row')
  expect(text('signed-answers')).toBe('Signed answers (JARM): not offered; not used.')
})

test('RFC 9101 and JARM: offered, and used where it is set', async () => {
  const features: Features = {
    requestObjects: { enabled: true },
    jwtResponseModes: { enabled: true },
  }

  expect(await told('signed-requests', features)).toMatchObject({
    text: 'Signed requests (JAR, RFC 9101): offered; not used.',
  })
  expect(
    await told('signed-answers', features, { config: `{ provider: { responseMode: 'jwt' } }` }),
  ).toMatchObject({ level: 'ok', text: 'Signed answers (JARM): offered; used.' })
})

test('FAPI 2.0: what a provider lacks for it is named', async () => {
  const lacking = await told('fapi2', {})

  expect(lacking).toMatchObject({
    level: 'note',
    text: expect.stringContaining('has no pushed_authorization_request_endpoint (RFC 9126)'),
  })
  expect(lacking?.text).toContain('does not bind access tokens to a key')
  expect(lacking?.text).toMatch(/Not used\.$/)
})

test('FAPI 2.0: a provider that offers all of it is told of, though it is not used', async () => {
  const able = await told(
    'fapi2',
    { pushedAuthorizationRequests: { enabled: true }, dPoP: { enabled: true } },
    {},
    {
      clientAuthMethods: ['client_secret_post', 'private_key_jwt'],
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256'] },
    },
  )

  expect(able).toMatchObject({
    level: 'note',
    text: expect.stringContaining('offers all that it takes; not used'),
  })
})

test('what is demanded of the profile and lacking is a fault, as nobody could sign in', async () => {
  const found = await told('demands', {}, { config: `{ provider: { responseMode: 'jwt' } }` })

  expect(found?.level).toBe('fault')
})
