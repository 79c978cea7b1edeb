import { X509Certificate } from 'node:crypto'
import { UnsecuredJWT } from 'jose'
import { beforeAll, expect, test } from 'vitest'
import type { ClientCertificate } from '../base/client-certificate.ts'
import { dpopThumbprint, newDpopKey } from '../base/dpop-key.ts'
import { newAuthority } from '../testing/certificates.ts'
import { heard } from '../testing/heard.ts'
import { changed } from '../testing/hostile-answers.ts'
import { hostileTestBff } from '../testing/hostile-test-bff.ts'
import { providerOf } from '../testing/provider-of.ts'
import { issuer, testBff, type TestBff } from '../testing/test-bff.ts'
import type { CertificateBinding, ProviderSettings } from './provider-settings.ts'
import type { AccessToken, RefreshToken } from './token-set.ts'

let ours: ClientCertificate
let renewed: ClientCertificate

beforeAll(async () => {
  const authority = await newAuthority()
  const issue = async () => {
    const { cert, key } = await authority.issue({ name: 'app.example.com', days: 30 })
    return { chain: cert, key }
  }
  ours = await issue()
  renewed = await issue()
})

function thumbprint({ chain }: ClientCertificate): string {
  const digits = new X509Certificate(chain).fingerprint256.replaceAll(':', '')
  return Buffer.from(digits, 'hex').toString('base64url')
}

function boundTo(cnf: unknown): string {
  return new UnsecuredJWT({ cnf }).encode()
}

function answering(world: TestBff, accessToken: string, type = 'Bearer'): void {
  const answer = { access_token: accessToken, token_type: type, expires_in: 300 }
  world.provider.tokenAnswer = () => Response.json(answer)
}

/** The provider to who has a certificate, and the names of what it told the log. */
async function providerWith(
  certificateBinding: CertificateBinding,
  clientCertificate: ClientCertificate = ours,
) {
  const world = await testBff()
  const told: string[] = []
  const telemetry = heard({ record: ({ name }) => void told.push(name) })
  const settings: Partial<ProviderSettings> = { certificateBinding, clientCertificate }
  return { world, told, provider: providerOf(world, settings, telemetry) }
}

const unbound: readonly [string, () => unknown][] = [
  ['says nothing of it', () => undefined],
  ['is bound to another certificate', () => ({ 'x5t#S256': thumbprint(renewed) })],
  ['is bound to a key', () => ({ jkt: dpopThumbprint(newDpopKey()) })],
  ['says nonsense of it', () => 'bound'],
]

test.for(unbound)(
  'RFC 8705 §3: where tokens must be bound to the certificate, one that %s is refused, and is there to be revoked',
  async ([, cnf]) => {
    const { provider, world } = await providerWith('required')
    const accessToken = boundTo(cnf())
    answering(world, accessToken)

    const asked = await provider.clientToken({})
    const renewal = { refreshToken: 'spent' as RefreshToken, idToken: null, scopes: [] }
    const refreshed = await provider.refresh(renewal, 'ada')

    const refused = {
      ok: false,
      error: { failure: { providerCode: 'token_not_bound' }, distrusted: { accessToken } },
    }
    expect([asked, refreshed]).toMatchObject([refused, refused])
  },
)

test.for([
  ['is bound to it', (): string => boundTo({ 'x5t#S256': thumbprint(ours) })],
  ['can’t be looked into', (): string => 'an-opaque-token'],
] as const)('where tokens must be bound, one that %s is taken', async ([, accessToken]) => {
  const { provider, world } = await providerWith('required')
  answering(world, accessToken())

  expect(await provider.clientToken({})).toMatchObject({ ok: true })
})

test('a certificate that is renewed while the answer is on its way refuses nothing', async () => {
  const certificate = { ...ours }
  const { provider, world } = await providerWith('required', certificate)
  const answer = { access_token: boundTo({ 'x5t#S256': thumbprint(ours) }), token_type: 'Bearer' }
  world.provider.tokenAnswer = () => {
    Object.assign(certificate, renewed)
    return Response.json(answer)
  }

  const before = await provider.clientToken({})
  const after = await provider.clientToken({})

  expect([before.ok, after.ok]).toEqual([true, false])
})

test.for([
  ['expected', 'the log tells of it once', ['access-token-not-bound']],
  [null, 'nothing is said', []],
] as const)(
  'where binding is %s, an unbound token is taken, and %s',
  async ([binding, , expected]) => {
    const { provider, told, world } = await providerWith(binding)
    answering(world, boundTo(undefined))

    const answers = [await provider.clientToken({}), await provider.clientToken({})]

    expect(answers.map(({ ok }) => ok)).toEqual([true, true])
    expect(told.filter((name) => name === 'access-token-not-bound')).toEqual(expected)
  },
)

test('RFC 9449 §6: a token that is bound to another key than ours signs nobody in', async () => {
  const { eventsNamed, provider, signIn } = await hostileTestBff({ dpop: true })
  provider.idToken.claims = { at_hash: undefined }
  const jkt = dpopThumbprint(newDpopKey())
  provider.answers.token = changed({ token_type: 'DPoP', access_token: boundTo({ jkt }) })

  expect(await signIn()).toEqual({ status: 400, authenticated: false })
  expect(eventsNamed('sign-in-failed')).toMatchObject([
    { detail: expect.stringContaining('another key than ours') },
  ])
})

test.for([
  ['to ours', (jkt: string) => boundTo({ jkt }), true],
  ['to another', () => boundTo({ jkt: dpopThumbprint(newDpopKey()) }), false],
  ['to none that it names', () => boundTo(undefined), true],
] as const)('a token of type DPoP that is bound %s', async ([, token, isTaken]) => {
  const world = await testBff()
  const dpopKey = newDpopKey()
  answering(world, token(dpopThumbprint(dpopKey)), 'DPoP')

  const { ok } = await providerOf(world, {}).clientToken({ dpopKey })

  expect(ok).toBe(isTaken)
})

test.for([
  ['required', { jkt: 'a key' }, 'cnf'],
  ['required', null, null],
  ['expected', { jkt: 'a key' }, null],
] as const)(
  'RFC 8705 §3.2: where binding is %s, introspection that says %j',
  async ([binding, cnf, because]) => {
    const { provider, world } = await providerWith(binding)
    world.internet.host(issuer, (request) =>
      new URL(request.url).pathname === '/introspect'
        ? Response.json({ active: true, cnf })
        : world.provider.app.fetch(request),
    )
    world.provider.metadata = { introspection_endpoint: `${issuer}/introspect` }

    const standing = await provider.introspect({ accessToken: 'a-token' as AccessToken }, 'ada')

    expect(standing).toMatchObject({
      ok: true,
      value: because === null ? { state: 'active' } : { state: 'inactive', because },
    })
  },
)

test('RFC 9449 §6.2: introspection that knows the token as another key’s ends the session', async () => {
  const world = await hostileTestBff({ dpop: true, introspection: 30 })
  world.provider.answers.token = changed({ token_type: 'DPoP' })
  await world.signIn()
  world.clock.advance(30)
  world.provider.answers.introspection = changed({ cnf: { jkt: dpopThumbprint(newDpopKey()) } })

  const call = await world.browser.fetch('/api/notes')

  expect(call.status).toBe(401)
  expect(world.eventsNamed('session-ended')).toMatchObject([{ detail: 'another cnf' }])
})
