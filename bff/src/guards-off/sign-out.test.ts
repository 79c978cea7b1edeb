import { expect, test } from 'vitest'
import type { Browser } from '../testing/browser.ts'
import { whoIs } from './attackers-tools.ts'
import type { Cut } from './cut-plugin.ts'
import { onBoth, type Attack, type World } from './without.ts'

type Json = Record<string, unknown>

const verify = 'provider/verify-logout-token.ts'

/** Who is still signed in after these logout tokens. */
async function told({ signedInTestBff }: World, claims: Json, header: Json = {}) {
  const { bff, browser, clock, provider } = await signedInTestBff()
  // A session older than any token of the attacker's.
  clock.advance(400)
  const token = await provider.logoutToken(inTime(claims, clock.now()), header)
  await bff.app.request('/auth/backchannel-logout', logoutCall(token))
  return whoIs(browser)
}

/** Times that are given as functions are from now. */
function inTime(claims: Json, now: number): Json {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      typeof value === 'function' ? value(now) : value,
    ]),
  )
}

function logoutCall(token: string): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `logout_token=${token}`,
  }
}

const parties: Cut = { file: 'provider/verify-jwt.ts', guard: 'checkParties(payload, known)\n' }
const checks: readonly (readonly [
  gain: string,
  cuts: readonly Cut[],
  claims: Json,
  header?: Json,
])[] = [
  [
    'a signature, anybody’s logout token ends a session',
    [
      {
        file: 'provider/verify-jwt.ts',
        guard: "import { jwtVerify, type JWTPayload } from 'jose'",
        instead: `import { decodeJwt, decodeProtectedHeader } from 'jose'
          const jwtVerify = async (token) => ({ payload: decodeJwt(token), protectedHeader: decodeProtectedHeader(token) })`,
      },
    ],
    {},
    { alg: 'none' },
  ],
  [
    'iss, another issuer’s logout token ends a session',
    [{ file: 'provider/verify-jwt.ts', guard: 'issuer: known.issuer,' }],
    { iss: 'https://evil.example' },
  ],
  [
    'aud, a logout token of another app ends a session',
    [{ file: 'provider/verify-jwt.ts', guard: 'audience: known.clientId,' }, parties],
    { aud: 'another-app' },
  ],
  [
    'the look at every aud, a logout token that others hold too ends a session',
    [parties],
    { aud: ['app', 'another-app'] },
  ],
  [
    'iat, a logout token of long ago ends a session',
    [{ file: verify, guard: 'clock.now(), oldestSeconds)', instead: 'clock.now(), null)' }],
    { iat: (now: number) => now - 301 },
  ],
  [
    'exp, a logout token that never ends is taken',
    [{ file: verify, guard: 'settings.acceptLogoutTokensWithoutExpiry &&' }],
    { exp: undefined },
  ],
  [
    'typ, a token of another kind ends a session',
    [{ file: verify, guard: "if (!isTypeAccepted(type, requireLogoutTokenType)) return 'typ'" }],
    {},
    { typ: 'at+jwt' },
  ],
  [
    'jti, a logout token without a name of its own ends a session',
    [{ file: verify, guard: "if (!isName(jti)) return 'jti'" }],
    { jti: undefined },
  ],
  [
    'events, any token about the session ends it',
    [
      {
        file: verify,
        guard: "if (!isRecord(events) || !isRecord(events[eventName])) return 'events'",
      },
    ],
    { events: undefined },
  ],
  [
    'the refusal of nonce, an ID token may pass for a logout token',
    [{ file: verify, guard: "if (nonce !== undefined) return 'nonce'" }],
    { nonce: 'x' },
  ],
  [
    'the look at sid, one that is no name ends every session of the user',
    [
      {
        file: verify,
        guard: "named.length > 0 && named.every(isName) ? null : 'sub or sid'",
        instead: 'null',
      },
    ],
    { sid: 7, sub: 'ada' },
  ],
  [
    'the look at whose session it is, a logout token for another user ends it',
    [
      {
        file: 'logout/backchannel-logout.ts',
        guard: 'user !== null && user !== sub',
        instead: 'false',
      },
    ],
    { sub: 'mallory' },
  ],
]

test.for(checks)('without %s', async ([, cuts, claims, header]) => {
  const attack = (world: World) => told(world, claims, header)

  const { refused, gained } = await onBoth({ attack, cuts })

  expect({ refused, gained }).toEqual({ refused: 'ada', gained: null })
})

/** Whether the token that the API kept is still good after the sign-out. */
async function outlivesSignOut(
  { signedInTestBff }: World,
  meanwhile?: (browser: Browser) => Promise<unknown>,
): Promise<boolean> {
  const { browser, apiCalls, provider } = await signedInTestBff()
  await browser.fetch('/api/notes')
  const kept = apiCalls[0]?.headers.get('Authorization')?.slice('Bearer '.length) ?? ''
  await meanwhile?.(browser)
  await browser.fetch('/auth/logout', { method: 'POST' })
  return provider.isActive(kept)
}

const attacks: readonly Attack[] = [
  {
    guard: 'the memory of used logout tokens, one that is sent again ends the next session',
    cuts: [
      {
        file: 'logout/backchannel-logout.ts',
        guard: "if (!(await used.take(notice))) return 'replayed'",
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { bff, browser, clock, provider } = await signedInTestBff()
      const token = await provider.logoutToken()
      await bff.app.request('/auth/backchannel-logout', logoutCall(token))
      await browser.navigate('/auth/login')
      clock.advance(1)
      await bff.app.request('/auth/backchannel-logout', logoutCall(token))
      return whoIs(browser)
    },
    refused: 'ada',
    gained: null,
  },
  {
    guard: 'a seal on the way back, a link leads the user away in the name of a sign-out',
    cuts: [
      {
        file: 'logout/signed-out-states.ts',
        guard: 'sealer.open(state.slice(signedOutPrefix.length), signedOutPrefix)',
        instead:
          "JSON.parse(Buffer.from(state.slice(signedOutPrefix.length), 'base64url').toString())",
      },
    ],
    attack: async ({ testBff }) => {
      const { bff, clock } = await testBff()
      const made = JSON.stringify({ at: clock.now(), returnTo: 'https://evil.example/' })
      const state = `signed-out.${Buffer.from(made).toString('base64url')}`
      return (await bff.app.request(`/?state=${state}`)).headers.get('Location')
    },
    refused: '/',
    gained: 'https://evil.example/',
  },
  {
    guard: 'an address for script of its own, script reads the ID token off the sign-out',
    cuts: [
      {
        file: 'logout/logout.ts',
        guard: 'endSessionUrl(parts, null, returnTo)',
        instead: 'endSessionUrl(parts, idToken, returnTo)',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser } = await signedInTestBff()
      const answer = await browser.fetch('/auth/logout', { method: 'POST' })
      return (await answer.text()).includes('id_token_hint')
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'revocation at the sign-out, an API that kept the token goes on with it',
    cuts: [
      {
        file: 'logout/sign-out.ts',
        guard: 'await revoke(parts, session)',
        instead: "{ refreshToken: 'none', accessToken: 'none' }",
      },
    ],
    attack: (world) => outlivesSignOut(world),
    refused: false,
    gained: true,
  },
  {
    guard: 'the memory of what a step-up replaced, its tokens outlive the sign-out',
    cuts: [
      {
        file: 'login/finish-login.ts',
        guard: 'await parts.predecessors.note(session, await parts.refresher.newest(replaced))',
        instead: 'return',
      },
    ],
    attack: (world) => outlivesSignOut(world, (browser) => browser.navigate('/auth/login')),
    refused: false,
    gained: true,
  },
  {
    guard:
      'the look for a living session, a link that asks for too much signs the user out at some providers',
    cuts: [
      {
        file: 'tokens/discard-tokens.ts',
        guard: 'const living = await livingSession(parts, discarded.sub, before)',
        instead: 'const living = null as { sid: string } | null',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser, provider } = await signedInTestBff({ accessTokenSeconds: 60 })
      const before = [...provider.issued]
      provider.habits.revokes = 'whole-user'
      await browser.navigate('/auth/login?acr_values=gold', { fromElsewhere: true })
      return before.some((token) => provider.isActive(token)) ? 'signed in' : 'signed out'
    },
    refused: 'signed in',
    gained: 'signed out',
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
