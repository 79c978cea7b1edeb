import { expect, test } from 'vitest'
import { changed, text, type Answer } from '../testing/hostile-answers.ts'
import type { HostileProvider } from '../testing/hostile-provider.ts'
import { honestly, newKey, unsigned } from '../testing/hostile-tokens.ts'
import { cookieHeader, from } from './attackers-tools.ts'
import { onBoth, type Attack, type World } from './without.ts'

const everySeconds = 30

/** The answer to a call before which the provider is asked, and lies. */
async function callAfter(
  { hostileTestBff }: World,
  lie: (provider: HostileProvider, now: number) => Answer | Promise<Answer>,
): Promise<number> {
  const world = await hostileTestBff({ introspection: everySeconds })
  await world.signIn()
  world.clock.advance(everySeconds)
  world.provider.answers.introspection = await lie(world.provider, world.clock.now())
  return (await world.browser.fetch('/api/notes')).status
}

const attacks: readonly Attack[] = [
  {
    guard: 'the look at whose token it is, calls go on with a token of another user',
    cuts: [
      { file: 'provider/introspect.ts', guard: 'answer[claim] !== own[claim]', instead: 'false' },
    ],
    attack: (world) => callAfter(world, () => changed({ sub: 'mallory' })),
    refused: 401,
    gained: 200,
  },
  {
    guard: 'the signature of an answer, whoever is on the way ends sessions',
    cuts: [
      {
        file: 'provider/introspect.ts',
        guard: 'if (signed !== null) await verifyJwt(signed, { ...known, algorithms })',
      },
    ],
    attack: async (world) => {
      const stranger = await newKey('RS256', 'first')
      return callAfter(world, async ({ issuer }, iat) => {
        const token_introspection = { active: false }
        const claims = { iss: issuer, aud: 'app', iat, token_introspection }
        const header = { kid: 'first', typ: 'token-introspection+jwt' }
        const jwt = await honestly(header, claims, stranger)
        return text(200, 'application/token-introspection+jwt', jwt)
      })
    },
    refused: 200,
    gained: 401,
  },
  {
    guard: 'the signature of userinfo, a name is made up on the way',
    cuts: [
      {
        file: 'provider/userinfo.ts',
        guard:
          '(await verifyJwt(signed, { ...known, algorithms: known.userinfoAlgorithms })).claims',
        instead: "JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'))",
      },
    ],
    attack: async ({ hostileTestBff }) => {
      const { browser, provider, signIn } = await hostileTestBff()
      provider.idToken.claims = { name: undefined }
      provider.answers.userinfo = async (response) => {
        const jwt = await unsigned({}, { sub: 'ada', name: 'Mallory' }, provider.key)
        text(200, 'application/jwt', jwt)(response, {})
      }
      await signIn()
      return (await (await browser.fetch('/auth/session')).text()).includes('Mallory')
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the look at whom userinfo is about, a session goes on with a token of another user',
    cuts: [{ file: 'provider/userinfo.ts', guard: "claims['sub'] !== sub", instead: 'false' }],
    attack: async ({ hostileTestBff }) => {
      const world = await hostileTestBff({ userinfo: 'after-refresh' })
      await world.signIn()
      world.provider.answers.userinfo = changed({ sub: 'mallory' })
      return (await world.refresh()).status
    },
    refused: 401,
    gained: 200,
  },
  {
    guard:
      'the look at who calls in the app’s name, whose token was taken back goes on with its rights',
    cuts: [
      { file: 'tokens/client-token.ts', guard: 'await vouchedFor(c, loaded)', instead: 'loaded' },
    ],
    attack: async ({ apiUrl, baseOptions, signedInTestBff }) => {
      const { browser, clock, provider } = await signedInTestBff({
        provider: { ...baseOptions.provider, introspection: everySeconds },
        upstreams: [{ prefix: '/api', target: `${apiUrl}/v1`, token: 'client' }],
      })
      provider.withdrawAccessTokens()
      clock.advance(everySeconds)
      return (await browser.fetch('/api/notes')).status
    },
    refused: 401,
    gained: 200,
  },
  {
    guard: 'the limit of checks, one page has the provider asked without end',
    cuts: [{ file: 'tokens/check-on-request.ts', guard: 'await parts.checks.admit(c)' }],
    attack: async ({ signedInTestBff }) => {
      const { bff, browser, provider } = await signedInTestBff({ rateLimitPerMinute: 3 })
      const headers = { 'X-CSRF': '1', Cookie: cookieHeader(browser) }
      for (let call = 0; call < 6; call += 1)
        await bff.app.request('/auth/session?check=provider', { headers }, from('203.0.113.7'))
      return provider.introspections.length
    },
    refused: 3,
    gained: 6,
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
