import { generateKeyPairSync } from 'node:crypto'
import { CompactEncrypt, exportJWK, generateKeyPair } from 'jose'
import { expect, test, vi } from 'vitest'
import {
  calledText,
  changed,
  dripping,
  huge,
  redirecting,
  saying,
  text,
  type Answer,
  type Json,
} from '../testing/hostile-answers.ts'
import {
  hmacWithPublicKey,
  honestly,
  newKey,
  signedBy,
  unsigned,
  withBrokenSignature,
  type Sign,
} from '../testing/hostile-tokens.ts'
import { hostileTestBff, type HostileTestBff } from '../testing/hostile-test-bff.ts'
import type { ProviderOptions } from '../options/options.ts'

/** A provider that puts nothing but `sub` into its ID tokens, and the rest into userinfo. */
async function thinTestBff(options: Partial<ProviderOptions> = {}): Promise<HostileTestBff> {
  const world = await hostileTestBff(options)
  world.provider.idToken.claims = { name: undefined }
  world.provider.userinfoClaims = { name: 'Ada of userinfo', email: 'ada@example.com' }
  return world
}

async function userOf({ browser }: HostileTestBff): Promise<unknown> {
  const session = (await (await browser.fetch('/auth/session')).json()) as { user?: unknown }
  return session.user
}

test('oidcc-client-test-userinfo-bearer-header: what the ID token lacks is fetched from userinfo', async () => {
  const world = await thinTestBff()
  let asked: string | undefined
  world.provider.answers.userinfo = (response, usual) => {
    asked = response.req.headers.authorization
    changed({})(response, usual)
  }

  await world.signIn()

  expect(await userOf(world)).toEqual({
    sub: 'ada',
    name: 'Ada of userinfo',
    email: 'ada@example.com',
  })
  expect(asked).toBe(`Bearer ${world.provider.accessToken}`)
})

test.for([
  ['userinfo-invalid-sub: another user', changed({ sub: 'mallory' })],
  ['a list with the user in it', changed({ sub: ['ada'] })],
] as const)(
  'oidcc-client-test-%s: userinfo is thrown away, and nobody is signed in',
  async ([, answer]) => {
    const { signIn, complaints, provider } = await thinTestBff()
    provider.answers.userinfo = answer

    const outcome = await signIn()

    expect(outcome).toEqual({ status: 400, authenticated: false })
    expect(complaints()).toEqual([expect.stringContaining('userinfo is about another user')])
  },
)

const useless: readonly [string, Answer][] = [
  ['an error', saying(500, {})],
  ['a challenge', saying(401, { error: 'invalid_token' })],
  ['nothing', text(200, 'application/json', '')],
  ['no JSON', text(200, 'application/json', '<html>')],
  ['a list', text(200, 'application/json', '[]')],
  ['claims about nobody', changed({ sub: undefined })],
  ['an error that is called 200', saying(200, { error: 'temporarily_unavailable' })],
  ['another content type', calledText('text/html')],
  ['a JWT that is none', text(200, 'application/jwt', 'e30.e30.')],
  ['more than a megabyte', huge(1_100_000)],
]

test.for(useless)('userinfo answers with %s: the sign-in goes on without', async ([, answer]) => {
  const world = await thinTestBff()
  world.provider.answers.userinfo = answer

  const outcome = await world.signIn()

  expect(outcome.authenticated).toBe(true)
  expect(await userOf(world)).toEqual({ sub: 'ada' })
  expect(world.eventsNamed('userinfo-failed')).toHaveLength(1)
})

test('userinfo that sends the caller elsewhere does not get the access token there', async () => {
  const { signIn, provider } = await thinTestBff()
  provider.answers.userinfo = redirecting('/elsewhere')

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
  expect(provider.requests).toContain('GET /userinfo')
  expect(provider.requests).not.toContain('GET /elsewhere')
})

test('userinfo that drips is waited for three seconds', async () => {
  const { browser, eventsNamed, provider } = await thinTestBff()
  provider.answers.userinfo = dripping
  const giveUp = new AbortController()
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) =>
    milliseconds === 3000 ? giveUp.signal : timeout(milliseconds),
  )
  const asked = provider.asked('GET /userinfo')

  const arrival = browser.navigate('/auth/login')
  await asked
  giveUp.abort(new DOMException('too slow', 'TimeoutError'))
  await arrival

  expect(eventsNamed('signed-in')).toHaveLength(1)
  expect(eventsNamed('userinfo-failed')).toHaveLength(1)
})

test('the ID token wins over userinfo, and the provider’s session is only what the ID token says', async () => {
  const world = await hostileTestBff()
  world.provider.idToken.claims = { name: undefined, locale: 'en' }
  world.provider.userinfoClaims = { name: 'Ada', locale: 'fr', auth_time: 1, sid: 'forged' }

  await world.signIn()
  const session = await (await world.browser.fetch('/auth/session')).json()

  expect(session).toMatchObject({ user: { name: 'Ada', locale: 'en' } })
  expect(session).not.toHaveProperty('session.authTime')
})

const enough: readonly [string, Partial<ProviderOptions>, Record<string, unknown>][] = [
  ['the ID token has a name', {}, { name: 'Ada' }],
  ['the ID token has an address', {}, { name: undefined, email: 'ada@example.com' }],
  ['the scope asks for neither', { scope: 'openid' }, { name: undefined }],
  ['the options say never', { userinfo: 'never' }, { name: undefined }],
]

test.for(enough)('userinfo is not asked when %s', async ([, options, claims]) => {
  const { signIn, provider } = await hostileTestBff(options)
  provider.idToken.claims = claims

  const outcome = await signIn()

  expect(outcome.authenticated).toBe(true)
  expect(provider.requests).not.toContain('GET /userinfo')
})

/** Signed in a moment ago, and told more of at the next renewal. */
async function renewing(options: Partial<ProviderOptions>): Promise<HostileTestBff> {
  const world = await hostileTestBff(options)
  await world.signIn()
  world.provider.userinfoClaims = { name: 'Ada King' }
  return world
}

test('after a refresh the user is asked about anew, by option', async () => {
  const [told, plain] = [await renewing({ userinfo: 'after-refresh' }), await renewing({})]

  await told.refresh()
  await plain.refresh()

  expect(await userOf(told)).toMatchObject({ name: 'Ada King' })
  expect(await userOf(plain)).toMatchObject({ name: 'Ada Lovelace' })
  expect(plain.provider.requests).not.toContain('GET /userinfo')
})

test.for([
  ['in trouble', text(500, 'text/plain', '')],
  ['empty', saying(200, {})],
  ['an error that is called 200', saying(200, { error: 'temporarily_unavailable' })],
  ['about nobody', changed({ sub: null, name: 'Nobody' })],
] as const)('after a refresh userinfo that is %s changes nothing', async ([, answer]) => {
  const world = await renewing({ userinfo: 'after-refresh' })
  world.provider.answers.userinfo = answer

  const outcome = await world.refresh()

  expect(outcome).toEqual({ status: 200, authenticated: true })
  expect(await userOf(world)).toMatchObject({ name: 'Ada Lovelace' })
  expect(world.eventsNamed('userinfo-failed')).toHaveLength(1)
})

test('a refresh whose userinfo is about another user ends the session, and what it brought is revoked', async () => {
  const world = await renewing({ userinfo: 'after-refresh' })
  world.provider.answers.userinfo = changed({ sub: 'mallory' })

  const outcome = await world.refresh()

  expect(outcome).toEqual({ status: 401, authenticated: false })
  expect(world.provider.revoked).toContain(world.provider.accessToken)
  expect(world.provider.tokenRequests).toHaveLength(2)
})

const signed =
  (sign: Sign, claims: Json = {}) =>
  (world: HostileTestBff): Answer =>
  async (response, usual) => {
    const { issuer, key } = world.provider
    const made = { iss: issuer, aud: 'app', ...usual, ...claims }
    const jwt = await sign({ alg: 'RS256', kid: 'first' }, made, key)
    text(200, 'application/jwt', jwt)(response, usual)
  }

test('oidcc-client-test-userinfo-signed: userinfo that the provider has signed for us is read', async () => {
  const world = await thinTestBff()
  world.provider.answers.userinfo = signed(honestly)(world)

  await world.signIn()

  expect(await userOf(world)).toMatchObject({ name: 'Ada of userinfo' })
})

test.for([
  ['by a stranger', async () => signed(signedBy(await newKey('RS256', 'first')))],
  ['not at all', async () => signed(unsigned)],
  ['with a broken signature', async () => signed(withBrokenSignature)],
  ['with the public key as a secret', async () => signed(hmacWithPublicKey('PEM'))],
  ['for another', async () => signed(honestly, { aud: 'stranger' })],
  ['for nobody', async () => signed(honestly, { aud: undefined })],
  ['by another issuer', async () => signed(honestly, { iss: 'https://id.example.org' })],
] as const)('userinfo that is signed %s is not believed', async ([, forge]) => {
  const world = await thinTestBff()
  world.provider.answers.userinfo = (await forge())(world)

  const outcome = await world.signIn()

  expect(outcome.authenticated).toBe(true)
  expect(await userOf(world)).toEqual({ sub: 'ada' })
  expect(world.eventsNamed('userinfo-failed')).toHaveLength(1)
})

const both = { id_token_signing_alg_values_supported: ['RS256', 'ES256'] }

const thin = { sub: 'ada' }
const told = { sub: 'ada', name: 'Ada of userinfo', email: 'ada@example.com' }

const algorithms: readonly [string, Json, Json][] = [
  ['what is offered for it is taken', { userinfo_signing_alg_values_supported: ['ES256'] }, told],
  [
    'what is offered for ID tokens alone is not',
    { userinfo_signing_alg_values_supported: ['RS256'], ...both },
    thin,
  ],
  ['nothing is offered for it, what is offered for ID tokens counts', both, told],
]

test.for(algorithms)(
  'userinfo may be signed otherwise than ID tokens: %s',
  async ([, metadata, user]) => {
    const world = await thinTestBff()
    const { provider } = world
    const other = await newKey('ES256', 'other')
    provider.published = [...provider.published, other.jwk]
    provider.metadata = metadata
    provider.answers.userinfo = signed((_header, claims) =>
      honestly({ kid: 'other' }, claims, other),
    )(world)

    await world.signIn()

    expect(await userOf(world)).toEqual(user)
  },
)

test.for([
  ['none', unsigned],
  ['HS256', hmacWithPublicKey('PEM')],
] as const)(
  'userinfo signed with %s is not believed, though it be offered',
  async ([name, sign]) => {
    const world = await thinTestBff()
    world.provider.metadata = { userinfo_signing_alg_values_supported: [name] }
    world.provider.answers.userinfo = signed(sign)(world)

    await world.signIn()

    expect(await userOf(world)).toEqual({ sub: 'ada' })
  },
)

test('signed userinfo about another user lets nobody in', async () => {
  const world = await thinTestBff()
  world.provider.answers.userinfo = signed(honestly, { sub: 'mallory' })(world)

  expect(await world.signIn()).toEqual({ status: 400, authenticated: false })
})

test('userinfo that is plain where encryption was agreed on is not read', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const clientKeys = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), use: 'enc' })
  const world = await thinTestBff({ clientKeys, encryptedAnswers: ['userinfo'] })

  await world.signIn()

  expect(await userOf(world)).toEqual({ sub: 'ada' })
  expect(world.eventsNamed('userinfo-failed')).toMatchObject([
    { detail: expect.stringContaining('not encrypted, which was agreed on') },
  ])
})

test('encrypted userinfo is not read, and the log says so', async () => {
  const world = await thinTestBff()
  world.provider.answers.userinfo = text(200, 'application/jwt', 'e30.e30.e30.e30.e30')

  const outcome = await world.signIn()

  expect(outcome.authenticated).toBe(true)
  expect(world.eventsNamed('userinfo-failed')).toMatchObject([
    { detail: expect.stringContaining('encrypted') },
  ])
})

test('userinfo that somebody has encrypted for us, and nobody signed, is not believed', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES', { extractable: true })
  const clientKeys = JSON.stringify({ ...(await exportJWK(privateKey)), use: 'enc' })
  const world = await thinTestBff({ clientKeys, encryptedAnswers: ['userinfo'] })
  const jwe = await new CompactEncrypt(Buffer.from('{"sub":"ada","name":"Mallory"}'))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
    .encrypt(publicKey)
  world.provider.answers.userinfo = text(200, 'application/jwt', jwe)

  const outcome = await world.signIn()

  expect(outcome.authenticated).toBe(true)
  expect(await userOf(world)).toEqual({ sub: 'ada' })
  expect(world.eventsNamed('userinfo-failed')).toHaveLength(1)
})
