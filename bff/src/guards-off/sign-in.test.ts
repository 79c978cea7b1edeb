import { expect, test } from 'vitest'
import { attemptsIn, whoIs } from './attackers-tools.ts'
import type { Cut } from './cut-plugin.ts'
import { onBoth, type Attack, type World } from './without.ts'

/** Attempts that are kept on the server and found by `state` alone, as in many a product. */
const unbound: readonly Cut[] = [
  {
    file: 'session/attempt-cookies.ts',
    guard: 'makeRoom(jar)',
    instead: 'attempts.set(attempt.state, attempt)',
  },
  {
    file: 'session/attempt-cookies.ts',
    guard: 'if (jar.read(name) === undefined) return null',
    instead: 'return attempts.get(state) ?? null',
  },
  {
    file: 'session/attempt-cookies.ts',
    guard: 'const mostAtOnce = 5',
    instead: 'const attempts = new Map(); const mostAtOnce = 5',
  },
]

const noPkce: readonly Cut[] = [
  { file: 'provider/openid-provider.ts', guard: "code_challenge_method: 'S256'," },
  {
    file: 'provider/openid-provider.ts',
    guard: 'code_challenge: digest(checks.codeVerifier),',
  },
  { file: 'provider/exchange-code.ts', guard: 'pkceCodeVerifier: checks.codeVerifier,' },
]

const noNonce: readonly Cut[] = [
  { file: 'provider/openid-provider.ts', guard: 'nonce: checks.nonce,' },
  { file: 'provider/exchange-code.ts', guard: 'expectedNonce: checks.nonce,' },
]

/** A thief in a browser of their own answers their own attempt with a code that was on its way to the user. */
async function withSeenCode({ testBff }: World) {
  const { browser: user, provider } = await testBff()
  const thief = user.with(new Map())
  provider.sub = 'mallory'
  const own = await thief.navigate('/auth/login', { until: /\/callback/ })
  provider.sub = 'ada'
  const seen = await user.navigate('/auth/login', { until: /\/callback/ })
  own.url.searchParams.set('code', seen.url.searchParams.get('code') ?? '')
  await thief.navigate(own.url.href, { fromElsewhere: true })
  const given = provider.issued.some((secret) => secret.startsWith('access-'))
  return { tokens: given ? 'given' : 'none', thief: await whoIs(thief) }
}

/** A thief with a copy of the attempt comes with another code, when the user is through. */
async function copiedAttempt({ testBff }: World, rename: boolean) {
  const { browser, provider } = await testBff()
  const { url: asked } = await browser.navigate('/auth/login', { until: /\/authorize/ })
  const [own, another] = [
    await browser.navigate(asked.href, { until: /\/callback/ }),
    await browser.navigate(asked.href, { until: /\/callback/ }),
  ]
  const cookies = new Map(browser.cookies())
  await browser.navigate(own.url.href)
  if (rename) {
    const [[, attempt] = ['', { value: '', attributes: '' }]] = cookies
    another.url.searchParams.set('state', 'x')
    // The tag of the state `x`.
    cookies.set('__Host-Http-strongroom-login-LXEWQrcmsEQB', attempt)
  }
  const thief = browser.with(cookies)
  await thief.navigate(another.url.href)
  return { thief: await whoIs(thief), codes: provider.tokenRequests('authorization_code') }
}

const attacks: readonly Attack[] = [
  {
    guard: 'the check of return_to, a link leads the user away after the sign-in',
    cuts: [
      {
        file: 'login/start-login.ts',
        guard: "localReturnTo(c.req.query('return_to'), publicUrl, parts.reservedPaths)",
        instead: "c.req.query('return_to') ?? '/'",
      },
    ],
    attack: async ({ testBff }) => {
      const { browser } = await testBff()
      const link = '/auth/login?return_to=https://evil.example/'
      return (await browser.navigate(link, { until: /^https:\/\/evil/ })).url.hostname
    },
    refused: 'app.example.com',
    gained: 'evil.example',
  },
  {
    guard: 'our own doors left out, a link signs the user in again and again',
    cuts: [{ file: 'base/return-to.ts', guard: '|| isReserved(asRouted(url.pathname), reserved)' }],
    attack: async ({ testBff }) => {
      const { browser, provider } = await testBff()
      await browser.navigate('/auth/login?return_to=/auth/login')
      return provider.tokenRequests('authorization_code')
    },
    refused: 1,
    gained: 2,
  },
  {
    guard: 'the count of rounds, an app that goes round goes on for ever',
    cuts: [
      { file: 'login/start-login.ts', guard: 'if (rounds >= mostRounds)', instead: 'if (false)' },
    ],
    attack: async ({ testBff }) => {
      const { browser, clock, provider } = await testBff()
      for (const _ of Array(8)) {
        clock.advance(1)
        await browser.navigate('/auth/login')
      }
      return provider.tokenRequests('authorization_code')
    },
    refused: 5,
    gained: 8,
  },
  {
    guard: 'the list of what a link may ask, it hands the provider a request of its own',
    cuts: [
      {
        file: 'login/start-login.ts',
        guard: 'loginParameters.map((name) =>',
        instead: 'Object.keys(query).map((name) =>',
      },
    ],
    attack: async ({ testBff }) => {
      const { browser } = await testBff()
      const link = '/auth/login?request_uri=https://evil.example/request'
      const { url } = await browser.navigate(link, { until: /\/authorize/ })
      return url.searchParams.get('request_uri')
    },
    refused: null,
    gained: 'https://evil.example/request',
  },
  {
    guard: 'the operator’s last word, a link leaves out the second factor',
    cuts: [
      {
        file: 'provider/asked-parameters.ts',
        guard:
          "...(acrValues === undefined ? {} : { acr_values: amongThese(acrValues, link['acr_values']) }),",
      },
    ],
    attack: async ({ testBff, issuer, clientSecret }) => {
      const authorizeParameters = { acr_values: 'two-factors' }
      const { browser } = await testBff({
        provider: { issuer, clientId: 'app', clientSecret, authorizeParameters },
      })
      const link = '/auth/login?acr_values=password'
      const { url } = await browser.navigate(link, { until: /\/authorize/ })
      return url.searchParams.get('acr_values')
    },
    refused: 'two-factors',
    gained: 'password',
  },
  {
    guard:
      'a look at what the operator takes, a link that may choose among several chooses another',
    cuts: [
      {
        file: 'provider/asked-parameters.ts',
        guard: '.filter((value) => known.includes(value))',
      },
    ],
    attack: async ({ testBff, issuer, clientSecret }) => {
      const authorizeParameters = { acr_values: 'two-factors passkey' }
      const { browser } = await testBff({
        provider: { issuer, clientId: 'app', clientSecret, authorizeParameters },
      })
      const link = '/auth/login?acr_values=password'
      const { url } = await browser.navigate(link, { until: /\/authorize/ })
      return url.searchParams.get('acr_values')
    },
    refused: 'two-factors passkey',
    gained: 'password',
  },
  {
    guard: 'the look at iss, anybody begins a sign-in in the name of another provider',
    cuts: [
      {
        file: 'login/initiate-login.ts',
        guard: 'if (issuers.length !== 1 || issuers[0] !== issuerIdentifier)',
        instead: 'if (false)',
      },
    ],
    attack: async ({ testBff }) => {
      const { browser, provider } = await testBff()
      await browser.navigate('/auth/login/initiate?iss=https://evil.example')
      return provider.tokenRequests('authorization_code')
    },
    refused: 0,
    gained: 1,
  },
  {
    guard: 'the count of silent attempts, an app that asks nobody goes round for ever',
    cuts: [
      {
        file: 'login/start-login.ts',
        guard: 'stopSilentLoop(jar, silent, returnTo)\n',
      },
    ],
    attack: async ({ testBff }) => {
      const { browser, provider } = await testBff()
      provider.authorizationAnswer = { error: 'login_required' }
      const ends: string[] = []
      for (const _ of Array(8)) {
        const { url } = await browser.navigate('/auth/login?prompt=none&return_to=/notes')
        ends.push(url.pathname)
      }
      return ends.filter((path) => path === '/notes').length
    },
    refused: 5,
    gained: 8,
  },
  {
    guard: 'the binding to the browser, a link signs the user in as the attacker',
    cuts: unbound,
    attack: async ({ testBff }) => {
      const { browser: attacker, provider } = await testBff()
      provider.sub = 'mallory'
      const { url } = await attacker.navigate('/auth/login', { until: /\/callback/ })
      const user = attacker.with(new Map())
      await user.navigate(url.href, { fromElsewhere: true })
      return whoIs(user)
    },
    refused: null,
    gained: 'mallory',
  },
  {
    guard: 'the memory of answered attempts, a copied one is answered again with another code',
    cuts: [
      {
        file: 'login/finish-login.ts',
        guard: 'transaction !== null && (await answered.take(state))',
        instead: 'transaction !== null',
      },
    ],
    attack: (world) => copiedAttempt(world, false),
    refused: { thief: null, codes: 1 },
    gained: { thief: 'ada', codes: 2 },
  },
  {
    guard: 'both comparisons of the state, a copied attempt is answered again under another name',
    cuts: [
      {
        file: 'session/attempt-cookies.ts',
        guard: 'attempt?.state === state ?',
        instead: 'attempt ?',
      },
      {
        file: 'provider/exchange-code.ts',
        guard: 'expectedState: checks.state',
        instead: "expectedState: answer.get('state')",
      },
    ],
    attack: (world) => copiedAttempt(world, true),
    refused: { thief: null, codes: 1 },
    gained: { thief: 'ada', codes: 2 },
  },
  {
    guard: 'either memory of an answered attempt, its address trades the code again',
    cuts: [
      {
        file: 'session/attempt-cookies.ts',
        guard: "jar.write(name, '', 0)\n      const attempt",
        instead: 'const attempt',
      },
      {
        file: 'login/finish-login.ts',
        guard: 'transaction !== null && (await answered.take(state))',
        instead: 'transaction !== null',
      },
    ],
    attack: async ({ testBff }) => {
      const { browser, provider } = await testBff()
      const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
      for (const _ of [1, 2]) await browser.navigate(url.href)
      return [attemptsIn(browser), provider.tokenRequests('authorization_code')]
    },
    refused: [0, 1],
    gained: [1, 2],
  },
  {
    guard:
      'PKCE, the provider gives tokens for a code that was seen on its way, and the nonce alone stands',
    cuts: noPkce,
    attack: withSeenCode,
    refused: { tokens: 'none', thief: null },
    gained: { tokens: 'given', thief: null },
  },
  {
    guard: 'PKCE and nonce, a code that was seen on its way signs the thief in as the user',
    cuts: [...noPkce, ...noNonce],
    attack: withSeenCode,
    refused: { tokens: 'none', thief: null },
    gained: { tokens: 'given', thief: 'ada' },
  },
  {
    guard: 'the nonce, an ID token of another sign-in is taken',
    cuts: noNonce,
    attack: async ({ testBff }) => {
      const { browser, provider } = await testBff()
      provider.idTokenClaims = { nonce: undefined, sub: 'mallory' }
      await browser.navigate('/auth/login')
      return whoIs(browser)
    },
    refused: null,
    gained: 'mallory',
  },
  {
    guard: 'a look at iss, an answer in another issuer’s name has its code traded',
    cuts: [
      {
        file: 'provider/exchange-code.ts',
        guard: 'checkIssuer(answer, known)\n',
        instead: "answer.set('iss', known.issuer)\n",
      },
    ],
    attack: async ({ testBff }) => {
      const { browser, provider } = await testBff()
      const { url } = await browser.navigate('/auth/login', { until: /\/callback/ })
      url.searchParams.set('iss', 'https://evil.example')
      await browser.navigate(url.href)
      return provider.tokenRequests('authorization_code')
    },
    refused: 0,
    gained: 1,
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
