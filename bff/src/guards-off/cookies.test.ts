import { expect, test } from 'vitest'
import type { Browser } from '../testing/browser.ts'
import { attemptsIn, cookieHeader, whoIs, whoShows } from './attackers-tools.ts'
import { onBoth, type Attack } from './without.ts'

const name = '__Host-Http-strongroom'

/** The browser's session cookie. */
function sealOf(browser: Browser): string {
  return browser.cookies().get(name)?.value ?? ''
}

/** A thief changes what only the mac holds together: of the ciphertext, bytes that lie within our name of the session. */
function* otherNames(seal: string): Generator<string> {
  const parts = seal.split('*')
  const ciphertext = Buffer.from(parts[4] ?? '', 'base64url')
  for (let at = 48; at < 51; at += 1) {
    for (let mask = 1; mask < 64; mask += 1) {
      const changed = Buffer.from(ciphertext)
      changed[at] = (changed[at] ?? 0) ^ mask
      yield parts.with(4, changed.toString('base64url')).join('*')
    }
  }
}

const attacks: readonly Attack[] = [
  {
    guard: 'the refusal of doubled cookies, a planted cookie signs the user in as the attacker',
    cuts: [
      {
        file: 'session/sealed-cookie.ts',
        guard: 'if (wholeAndParts || pieces.some((name) => jar.isDoubled(name)))',
        instead: 'if (wholeAndParts)',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const world = await signedInTestBff()
      const attacker = world.browser.with(new Map())
      world.provider.sub = 'mallory'
      await attacker.navigate('/auth/login')
      return whoShows(world, `${cookieHeader(world.browser)}; ${cookieHeader(attacker)}`)
    },
    refused: null,
    gained: 'mallory',
  },
  {
    guard: 'the one spelling of a seal, any number of cookies are the same session',
    cuts: [
      {
        file: 'session/open-seal.ts',
        guard: 'isSpelledOnce(seal) ? ironUnseal',
        instead: 'true ? ironUnseal',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const world = await signedInTestBff()
      const variants = [1, 2, 3].map((n) => `${name}=${sealOf(world.browser)}${n}`)
      return Promise.all(variants.map((variant) => whoShows(world, variant)))
    },
    refused: [null, null, null],
    gained: ['ada', 'ada', 'ada'],
  },
  {
    guard: 'the mac, a thief renames the session that has ended, and it lives on',
    cuts: [
      {
        file: 'base/iron-seal.ts',
        guard: "if (!isEqual(macOf(signed, macKey), mac)) return err('invalid')",
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const world = await signedInTestBff()
      const copied = sealOf(world.browser)
      await world.browser.fetch('/auth/logout', { method: 'POST' })
      for (const forged of otherNames(copied)) {
        const user = await whoShows(world, `${name}=${forged}`)
        if (user !== null) return user
      }
      return null
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard:
      'a key for each purpose, the cookie of a sign-in opens as that of a session, and only its shape is wrong',
    cuts: [
      {
        file: 'base/key-ring.ts',
        guard: 'derive(secret, purpose)',
        instead: "derive(secret, 'all')",
      },
    ],
    attack: async ({ testBff }) => {
      const world = await testBff()
      await world.browser.navigate('/auth/login', { until: /\/authorize/ })
      const [{ value } = { value: '' }] = world.browser.cookies().values()
      await whoShows(world, `${name}=${value}`)
      return world.eventsNamed('seal-refused').map(({ reason }) => reason)
    },
    refused: ['tampered'],
    gained: ['misshapen'],
  },
  {
    guard: 'the memory of ended sessions, a copied cookie outlives the sign-out',
    cuts: [
      {
        file: 'session/cookie-session-store.ts',
        guard: 'over ?? ended.endOf(session)',
        instead: 'over',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser } = await signedInTestBff()
      const thief = browser.with(browser.cookies())
      await browser.fetch('/auth/logout', { method: 'POST' })
      return whoIs(thief)
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard: 'the look for a sign-out meanwhile, a late answer brings the session’s cookie back',
    cuts: [
      {
        file: 'tokens/fresh-token.ts',
        guard: 'if ((await ended.surelyEndOf(newest)) !== null) return false',
      },
    ],
    attack: async (tools) => {
      const world = await tools.signedInTestBff()
      const { browser, clock } = world
      clock.advance(200)
      world.api = async () => {
        await browser.fetch('/auth/logout', { method: 'POST' })
        return Response.json({})
      }
      await browser.fetch('/api/notes')
      return browser.cookies().has(name)
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the memory of spent tokens, an old cookie has the provider end the session that lives',
    cuts: [
      {
        file: 'tokens/renewal.ts',
        guard: 'if (!(await successors.isSpent(session))) return',
        instead: 'return',
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser, clock } = await signedInTestBff({ accessTokenSeconds: 300 })
      const thief = browser.with(browser.cookies())
      clock.advance(301)
      for (const _ of [1, 2]) await browser.fetch('/api/notes')
      clock.advance(61)
      await thief.fetch('/api/notes')
      clock.advance(301)
      await browser.fetch('/api/notes')
      return whoIs(browser)
    },
    refused: 'ada',
    gained: null,
  },
  {
    guard: 'an end by the clock, a stolen cookie that is kept busy serves for ever',
    cuts: [
      {
        file: 'session/session.ts',
        guard: "if (now >= session.startedAt + limits.maxSeconds) return 'absolute'",
      },
      {
        file: 'session/session.ts',
        guard: 'const absolute = session.startedAt + limits.maxSeconds',
        instead: 'const absolute = Number.MAX_SAFE_INTEGER',
      },
    ],
    attack: async ({ signedInTestBff, secret }) => {
      const session = { secrets: [secret], idleSeconds: 1800, maxSeconds: 3600 }
      const { browser, clock } = await signedInTestBff({ session, accessTokenSeconds: 9000 })
      for (const _ of [1, 2, 3, 4]) {
        clock.advance(900)
        await browser.fetch('/api/notes')
      }
      return whoIs(browser)
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard: 'an end of idle sessions, a cookie that was forgotten somewhere serves whoever finds it',
    cuts: [
      {
        file: 'session/session.ts',
        guard: "if (now >= session.touchedAt + limits.idleSeconds) return 'idle'",
      },
    ],
    attack: async ({ signedInTestBff, secret }) => {
      const session = { secrets: [secret], idleSeconds: 1800, maxSeconds: 3600 }
      const { browser, clock } = await signedInTestBff({ session })
      clock.advance(1801)
      return whoIs(browser)
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard: 'the end of the session before, a copy of it goes on when another user has signed in',
    cuts: [{ file: 'login/finish-login.ts', guard: 'endEarlier(parts, state, session),' }],
    attack: async ({ signedInTestBff }) => {
      const { browser, provider } = await signedInTestBff()
      const before = browser.with(browser.cookies())
      provider.sub = 'mallory'
      await browser.navigate('/auth/login')
      return [await whoIs(before), provider.revocations.length]
    },
    refused: [null, 2],
    gained: ['ada', 0],
  },
  {
    guard: 'a list of sessions for each user, anybody ends those of others',
    cuts: [
      {
        file: 'session/session-index.ts',
        guard: 'digest(sub)',
        instead: "digest('everybody')",
      },
    ],
    attack: async ({ signedInTestBff }) => {
      const { browser, provider } = await signedInTestBff()
      const attacker = browser.with(new Map())
      provider.sub = 'mallory'
      await attacker.navigate('/auth/login')
      const listed = (await (await attacker.fetch('/auth/sessions')).json()) as {
        sessions: { id: string; current: boolean }[]
      }
      for (const { id } of listed.sessions.filter(({ current }) => !current))
        await attacker.fetch(`/auth/sessions/${id}`, { method: 'DELETE' })
      return whoIs(browser)
    },
    refused: 'ada',
    gained: null,
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})

test('without the prefix that browsers hold to, a planted attempt signs the user in as the attacker', async () => {
  const { testBff } = await import('../testing/test-bff.ts')
  const { browser: attacker, provider } = await testBff()
  provider.sub = 'mallory'
  const { url } = await attacker.navigate('/auth/login', { until: /\/callback/ })
  const honest = attacker.with(new Map())
  // A browser that lets a sibling subdomain set what begins with `__Host-`.
  const careless = attacker.with(attacker.cookies())

  for (const user of [honest, careless]) await user.navigate(url.href, { fromElsewhere: true })

  expect(attemptsIn(attacker)).toBe(1)
  expect([await whoIs(honest), await whoIs(careless)]).toEqual([null, 'mallory'])
})
