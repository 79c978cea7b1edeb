import { expect, test } from 'vitest'
import { apiUrl, signedInTestBff } from '../testing/test-bff.ts'

const upstreams = [
  { prefix: '/api', target: `${apiUrl}/v1` },
  {
    prefix: '/api/files',
    target: `${apiUrl}/files`,
    accessToken: { by: 'exchange', audience: 'files' },
  },
] as const

const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`

/** A call of a row whose token is exchanged, and what the provider gives for it. */
async function exchanged(members: object) {
  const world = await signedInTestBff({ upstreams })
  world.provider.tokenAnswer = () =>
    Response.json({ access_token: 'given', token_type: 'Bearer', expires_in: 60, ...members })
  // Old enough for another access token of the session's to be tried, where that could help.
  world.clock.advance(120)
  const { status } = await world.browser.fetch('/api/files/x')
  const refusals = world.eventsNamed('narrowing-refused').map(({ providerCode }) => providerCode)
  return {
    status,
    calls: world.apiCalls.length,
    refusals,
    refreshes: world.provider.tokenRequests('refresh_token'),
    revoked: world.provider.revocations,
  }
}

test.for([[type('access_token')], [type('jwt')], [undefined]])(
  'what is issued as %s is an access token, and goes to the API',
  async ([issued_token_type]) => {
    expect(await exchanged({ issued_token_type })).toEqual({
      status: 200,
      calls: 1,
      refusals: [],
      refreshes: 0,
      revoked: [],
    })
  },
)

const useless: readonly [string, object, string][] = [
  ['a refresh token', { issued_token_type: type('refresh_token') }, 'unusable_issued_token_type'],
  ['an ID token', { issued_token_type: type('id_token') }, 'unusable_issued_token_type'],
  [
    'a SAML assertion',
    { issued_token_type: type('saml2'), token_type: 'N_A' },
    'unusable_issued_token_type',
  ],
  ['a list', { issued_token_type: [type('access_token')] }, 'unusable_issued_token_type'],
  ['a token of a type that nobody knows', { token_type: 'mac' }, 'unusable_token_type'],
]

test.for(useless)(
  'RFC 8693 §2.2.1: %s that is issued goes to no API and is revoked, the log says what was wrong, and the session lives on',
  async ([, members, code]) => {
    expect(await exchanged(members)).toEqual({
      status: 502,
      calls: 0,
      refusals: [code],
      refreshes: 0,
      revoked: ['given'],
    })
  },
)
