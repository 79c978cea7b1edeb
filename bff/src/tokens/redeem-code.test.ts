import { expect, test } from 'vitest'
import type { ProviderOptions } from '../options/options.ts'
import { changed, hanging, honest, saying, type Answer } from '../testing/hostile-answers.ts'
import type { HostileProvider } from '../testing/hostile-provider.ts'
import { hostileTestBff, type HostileTestBff } from '../testing/hostile-test-bff.ts'
import { unsigned } from '../testing/hostile-tokens.ts'

const patience = { timeout: 20_000 }

interface Refused {
  readonly provider?: Partial<ProviderOptions>
  readonly query?: string
  readonly bend?: (provider: HostileProvider) => void
}

const aSecondKey = `{"keys":[${JSON.stringify({
  kty: 'EC',
  crv: 'P-256',
  use: 'enc',
  x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
  y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
  d: '0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo',
})}]}`

const claims = (said: Record<string, unknown>) => (provider: HostileProvider) => {
  provider.idToken.claims = said
}

const token = (answer: Answer) => (provider: HostileProvider) => {
  provider.answers.token = answer
}

const refusals: readonly [string, Refused][] = [
  ['the user did not sign in as strongly as was asked (acr)', { query: '?acr_values=gold' }],
  ['nor as lately (auth_time)', { query: '?max_age=60', bend: claims({ auth_time: 1 }) }],
  ['it is the answer to another sign-in (nonce)', { bend: claims({ nonce: 'another' }) }],
  ['it is for another client (aud)', { bend: claims({ aud: 'another' }) }],
  ['it was issued too long ago (iat)', { bend: claims({ iat: 1 }) }],
  ['it is about nobody (sub)', { bend: claims({ sub: '' }) }],
  ['its ID token was made for another access token', { bend: claims({ at_hash: 'another' }) }],
  [
    'nobody has signed its ID token',
    {
      bend(provider) {
        provider.idToken.sign = unsigned
      },
    },
  ],
  ['there is no ID token', { bend: token(changed({ id_token: undefined })) }],
  ['its ID token is none', { bend: token(changed({ id_token: ['a', 'list'] })) }],
  [
    'its ID token is not encrypted as was agreed on',
    { provider: { encryptedAnswers: ['id_token'], clientKeys: aSecondKey } },
  ],
  ['its access token is of an unknown kind', { bend: token(changed({ token_type: 'mac' })) }],
  ['its access token is not bound to our key (DPoP)', { provider: { dpop: true } }],
  [
    'its access token opens the userinfo of another user',
    {
      bend(provider) {
        provider.idToken.claims = { name: undefined }
        provider.answers.userinfo = changed({ sub: 'mallory' })
      },
    },
  ],
  [
    'the session would not fit into cookies',
    { bend: claims({ picture: `https://example.com/${'x'.repeat(12_000)}` }) },
  ],
]

test.for(refusals)(
  'a sign-in is refused, and its tokens are revoked: %s',
  async ([, { bend, provider: settings, query }]) => {
    const { provider, signIn } = await hostileTestBff(settings)
    bend?.(provider)

    const outcome = await signIn(query)

    expect(outcome).toEqual({ status: 400, authenticated: false })
    expect(provider.revoked).toEqual([expect.stringMatching(/./), provider.accessToken])
    expect(provider.revoked[0]).not.toBe(provider.accessToken)
  },
)

const troubles: readonly [string, Answer][] = [
  ['fails', saying(500, {})],
  ['refuses', saying(400, { error: 'invalid_request' })],
  ['is silent', hanging],
]

test.for(troubles)(
  'a revocation that %s changes nothing of what the user is told, and is tried again if that makes sense',
  patience,
  async ([how, answer]) => {
    const told = await pageOf(await weaklySignedIn(honest))
    const world = await weaklySignedIn(answer)
    const page = await pageOf(world)
    world.provider.answers.revocation = honest
    world.clock.advance(60)
    const { revoked } = await world.bff.drainRevocations()

    expect(page).toEqual(told)
    expect(page.status).toBe(400)
    expect(revoked).toBe(how === 'refuses' ? 0 : 2)
  },
)

test('an outage while the tokens are looked at revokes nothing that the next try may need', async () => {
  const { eventsNamed, provider, signIn } = await hostileTestBff()
  provider.answers.jwks = saying(500, {})

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(false)
  expect(eventsNamed('sign-in-failed')).toMatchObject([{ kind: 'provider-unreachable' }])
  expect(provider.tokenRequests).toHaveLength(1)
  expect(provider.revoked).toEqual([])
})

test('who revokes nothing at a sign-out revokes nothing here: one token may stand for all that a user has allowed', async () => {
  const { provider, signIn } = await hostileTestBff({ revokeAtSignOut: 'neither' })

  const outcome = await signIn('?acr_values=gold')

  expect(outcome.authenticated).toBe(false)
  expect(provider.revoked).toEqual([])
})

/** Whose user did not sign in as strongly as was asked. */
async function weaklySignedIn(revocation: Answer) {
  const world = await hostileTestBff()
  world.provider.answers.revocation = revocation
  return world
}

async function pageOf({ browser, provider }: HostileTestBff) {
  const { response } = await browser.navigate('/auth/login?acr_values=gold')
  expect(provider.revoked.length).toBeGreaterThan(0)
  return { status: response.status, page: withoutIds(await response.text()) }
}

/** Each page names its own request. */
function withoutIds(page: string): string {
  return page.replaceAll(/[\w-]{16,}/g, '…')
}
