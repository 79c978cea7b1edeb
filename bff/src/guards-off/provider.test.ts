import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { huge, redirecting, type Json } from '../testing/hostile-answers.ts'
import type { HostileProvider } from '../testing/hostile-provider.ts'
import { atHash, honestly, newKey, signedBy } from '../testing/hostile-tokens.ts'
import type { Cut } from './cut-plugin.ts'
import { onBoth, type Attack, type World } from './without.ts'

/** Whether somebody is signed in by a provider that lies in this way. */
async function signsIn(
  { hostileTestBff }: World,
  lie: (provider: HostileProvider, now: number) => unknown,
  query = '',
) {
  const world = await hostileTestBff()
  await lie(world.provider, world.clock.now())
  return (await world.signIn(query)).authenticated
}

const claims =
  (given: Json | ((now: number) => Json)) => (provider: HostileProvider, now: number) =>
    (provider.idToken.claims = typeof given === 'function' ? given(now) : given)

const day = 86_400

type Lie = Parameters<typeof signsIn>[1]

const idTokens: readonly (readonly [guard: string, cut: Cut, lie: Lie, query?: string])[] = [
  [
    'the signature, an ID token that anybody made signs in as anybody',
    {
      file: 'provider/verify-jwt.ts',
      guard: "import { jwtVerify, type JWTPayload } from 'jose'",
      instead: `import { decodeJwt, decodeProtectedHeader } from 'jose'
        const jwtVerify = async (token) => ({ payload: decodeJwt(token), protectedHeader: decodeProtectedHeader(token) })`,
    },
    async (provider) => {
      provider.idToken.sign = signedBy(await newKey('RS256', 'first'))
      provider.idToken.claims = { sub: 'mallory' }
    },
  ],
  [
    'aud and azp, an ID token that a stranger holds too is taken',
    { file: 'provider/verify-jwt.ts', guard: 'checkParties(payload, known)\n' },
    claims({ aud: ['app', 'stranger'], azp: 'app' }),
  ],
  [
    'at_hash, an ID token that came with another access token is taken',
    {
      file: 'provider/verify-id-token.ts',
      guard: 'hash !== leftHalf(algorithm, accessToken)',
      instead: 'false',
    },
    claims({ at_hash: atHash('another') }),
  ],
  [
    'exp, an ID token that is over is taken',
    { file: 'provider/check-times.ts', guard: 'over >= toleranceSeconds', instead: 'false' },
    claims((now) => ({ exp: now - 60 })),
  ],
  [
    'iat, an ID token from before the sign-in is taken',
    {
      file: 'provider/check-times.ts',
      guard: 'oldestSeconds !== null && age > oldestSeconds + toleranceSeconds',
      instead: 'false',
    },
    claims((now) => ({ iat: now - day })),
  ],
  [
    'iat looked at ahead, an ID token from tomorrow is taken',
    { file: 'provider/check-times.ts', guard: 'early > toleranceSeconds', instead: 'false' },
    claims((now) => ({ iat: now + day, exp: now + 2 * day })),
  ],
  [
    'acr, a weaker sign-in than was asked for is taken',
    { file: 'provider/check-sign-in.ts', guard: "checkStrength(claims['acr'], asked)\n" },
    claims({ acr: 'weak' }),
    '?acr_values=strong',
  ],
  [
    'a limit on answers, one of any size is read to its end',
    { file: 'provider/bounded-fetch.ts', guard: 'bytes > limitBytes', instead: 'false' },
    (provider) => (provider.answers.token = huge(2_000_000)),
  ],
  [
    'the check of endpoints, a document sends users to a script with their ID token',
    {
      file: 'provider/check-metadata.ts',
      guard: 'url && allowed.includes(url.protocol)',
      instead: 'true',
    },
    (provider) => (provider.metadata = { end_session_endpoint: 'javascript:alert(1)' }),
  ],
]

test.for(idTokens)('without %s', async ([, cut, lie, query]) => {
  const attack = (world: World) => signsIn(world, lie, query)

  const { refused, gained } = await onBoth({ attack, cuts: [cut] })

  expect({ refused, gained }).toEqual({ refused: false, gained: true })
})

const attacks: readonly Attack[] = [
  {
    guard:
      'the refusal of plain answers, one that anybody could write is taken in the place of a signed one',
    cuts: [
      {
        file: 'provider/authorization-answer.ts',
        guard:
          "if (isAnswer(query)) throw new UntrustedAnswer('plain, where one in a JWT was asked for')",
      },
    ],
    attack: async ({ hostileTestBff }) => {
      const world = await hostileTestBff({ responseMode: 'jwt' })
      return (await world.signIn()).authenticated
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the end of an answer in a JWT, one that somebody has kept is taken',
    cuts: [
      {
        file: 'provider/authorization-answer.ts',
        guard: 'checkTimes({ iat: now, ...claims }, now, null)\n',
      },
    ],
    attack: async ({ hostileTestBff }) => {
      const world = await hostileTestBff({ responseMode: 'jwt' })
      const { provider } = world
      provider.authorizationAnswer = async (query) => {
        const times = { iss: provider.issuer, aud: 'app', exp: world.clock.now() - 60 }
        const claims = { ...Object.fromEntries(query), ...times }
        for (const name of new Set(query.keys())) query.delete(name)
        query.set('response', await honestly({ kid: 'first' }, claims, provider.key))
      }
      return (await world.signIn()).authenticated
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the demand for encryption, an ID token that anybody on the way could read is taken',
    cuts: [
      {
        file: 'provider/decrypt-jwt.ts',
        guard: 'if (answer === null || !demanded.includes(answer)) return token',
        instead: 'return token',
      },
    ],
    attack: async ({ hostileTestBff }) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const key = { ...privateKey.export({ format: 'jwk' }), use: 'enc' }
      const clientKeys = JSON.stringify({ keys: [key] })
      const world = await hostileTestBff({ clientKeys, encryptedAnswers: ['id_token'] })
      return (await world.signIn()).authenticated
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the revocation of what is refused, the tokens of a sign-in that was too weak live on',
    cuts: [
      {
        file: 'tokens/redeem-code.ts',
        guard:
          'if (refused !== null) await discardTokens(parts, { tokens: refused, sub }, before)\n',
      },
    ],
    attack: async ({ hostileTestBff }) => {
      const { provider, signIn } = await hostileTestBff()
      await signIn('?acr_values=gold')
      return provider.revoked.includes(provider.accessToken) ? 'over' : 'alive'
    },
    refused: 'over',
    gained: 'alive',
  },
  {
    guard: 'the check of refreshed ID tokens, a refresh goes on with another user’s tokens',
    cuts: [{ file: 'provider/refresh-tokens.ts', guard: 'checkRefreshed(claims, earlier)\n' }],
    attack: async ({ hostileTestBff }) => {
      const world = await hostileTestBff()
      await world.signIn()
      world.provider.idToken.claims = { sub: 'mallory' }
      return (await world.refresh()).status
    },
    refused: 401,
    gained: 200,
  },
  {
    guard: 'the issuer compared to the letter, the document of another issuer is used',
    cuts: [{ file: 'provider/check-metadata.ts', guard: '  checkIssuer(server.issuer, issuer)\n' }],
    attack: async ({ hostileTestBff }) => {
      const { provider, signIn, eventsNamed } = await hostileTestBff()
      provider.metadata = { issuer: `${provider.issuer}/` }
      await signIn()
      return eventsNamed('provider-discovered').length
    },
    refused: 0,
    gained: 1,
  },
  {
    guard: 'redirects left alone, a 307 hands the client’s secret to the next host',
    cuts: [
      {
        file: 'provider/bounded-fetch.ts',
        guard: "redirect: 'manual'",
        instead: "redirect: 'follow'",
      },
    ],
    attack: async ({ hostileTestBff }) => {
      const taken: string[] = []
      const elsewhere = createServer((request, response) => {
        void text(request).then((body) => {
          taken.push(body, request.headers.authorization ?? '')
          response.end()
        })
      }).listen(0, '127.0.0.1')
      onTestFinished(() => void elsewhere.close())
      await once(elsewhere, 'listening')
      const { provider, signIn } = await hostileTestBff()
      const { port } = elsewhere.address() as AddressInfo
      provider.answers.token = redirecting(`http://127.0.0.1:${port}/`)
      await signIn()
      return taken.join().includes('code_verifier=')
    },
    refused: false,
    gained: true,
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
