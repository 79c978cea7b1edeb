import { expect, test } from 'vitest'
import { cookieHeader, whoShows } from './attackers-tools.ts'
import { onBoth, type Attack, type World } from './without.ts'

/** Whether a runner of jobs gets a token to act for this user. */
async function actsFor({ runner }: Awaited<ReturnType<World['grantWorld']>>, sub: string) {
  return (await runner.tokens.fresh({ sub, grant: 'digest' })).ok
}

const attacks: readonly Attack[] = [
  {
    guard: 'the same user on both sides, the consent of somebody who is not signed in here is kept',
    cuts: [
      {
        file: 'offline/finish-connect.ts',
        guard: "if (claims.sub !== attempt.session.sub) return { kind: 'connect-another-user' }\n",
      },
    ],
    attack: async ({ grantWorld }) => {
      const world = await grantWorld()
      world.provider.sub = 'mallory'
      await world.connect()
      return actsFor(world, 'mallory')
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the look at the session, who has signed out connects what they began before',
    cuts: [
      {
        file: 'offline/finish-connect.ts',
        guard: '(await ended.surelyEndOf(attempt.session)) !== null',
        instead: 'false',
      },
    ],
    attack: async ({ connectPath, grantWorld }) => {
      const world = await grantWorld()
      const { url } = await world.browser.navigate(connectPath, { until: /\/callback/ })
      await world.browser.fetch('/auth/logout', { method: 'POST' })
      await world.browser.navigate(url.href, { fromElsewhere: true })
      return actsFor(world, 'ada')
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'the place in the seal, a grant that is copied to another user’s place acts for them',
    cuts: [
      {
        file: 'offline/grant-vault.ts',
        guard: 'grant === null ? null : sealer.seal(grant, key)',
        instead: "grant === null ? null : sealer.seal(grant, '')",
      },
      {
        file: 'offline/grant-vault.ts',
        guard: 'sealer.open(sealed, key)',
        instead: "sealer.open(sealed, '')",
      },
    ],
    attack: async ({ grantKey, grantWorld }) => {
      const world = await grantWorld()
      await world.connect()
      const { keyValue } = world.runner.parts.store
      const sealed = (await keyValue.get(grantKey({ sub: 'ada', grant: 'digest' }))) ?? ''
      await keyValue.set(grantKey({ sub: 'mallory', grant: 'digest' }), sealed, 3600)
      return actsFor(world, 'mallory')
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'a purpose of its own, the answer to a consent signs in whoever holds its cookie',
    cuts: [
      {
        file: 'offline/connect-attempt.ts',
        guard: "purpose: 'connect',\n    cookiePrefix",
        instead: "purpose: 'login',\n    cookiePrefix",
      },
      {
        file: 'login/transaction.ts',
        guard: "purpose: z.literal('login'),",
        instead: 'purpose: z.string(),',
      },
      {
        file: 'login/transaction.ts',
        guard: 'z.int().nullable()',
        instead: 'z.int().nullable().default(null)',
      },
      {
        file: 'login/transaction.ts',
        guard: 'z.array(z.string())',
        instead: 'z.array(z.string()).default([])',
      },
    ],
    attack: async ({ connectPath, grantWorld }) => {
      const world = await grantWorld()
      const { url } = await world.browser.navigate(connectPath, { until: /\/callback/ })
      await world.browser.fetch('/auth/logout', { method: 'POST' })
      const Cookie = cookieHeader(world.browser).replace('-connect-', '-login-')
      const answer = await world.bff.app.request(url, { headers: { Cookie } })
      const session = answer.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ')
      return whoShows(world, session)
    },
    refused: null,
    gained: 'ada',
  },
  {
    guard: 'the look at where a link stands, a sibling subdomain leads the user to a consent',
    cuts: [
      {
        file: 'edge/navigation.ts',
        guard: "site !== undefined && site !== 'same-origin' && site !== 'none'",
        instead: 'false',
      },
    ],
    attack: async ({ connectPath, grantWorld }) => {
      const { browser } = await grantWorld()
      const { way } = await browser.navigate(connectPath, {
        headers: { 'Sec-Fetch-Site': 'same-site' },
      })
      return way.some((url) => url.includes('/authorize'))
    },
    refused: false,
    gained: true,
  },
  {
    guard: 'navigations only, script of any page fills the browser with attempts to connect',
    cuts: [
      {
        file: 'create-bff.ts',
        guard: '`${oneGrant}/connect`,\n    navigationsOnly(),',
        instead: '`${oneGrant}/connect`,',
      },
    ],
    attack: async ({ connectPath, grantWorld }) => {
      const { browser } = await grantWorld()
      const answer = await browser.fetch(connectPath)
      return answer.headers.getSetCookie().length
    },
    refused: 0,
    gained: 1,
  },
  {
    guard: 'the header of our own, another page withdraws what the user allowed',
    cuts: [
      {
        file: 'create-bff.ts',
        guard:
          'for (const path of [routes.grants, oneGrant, `${oneGrant}/run` as const]) {\n    app.use(path, ownCalls(parts))\n',
        instead:
          'for (const path of [routes.grants, oneGrant, `${oneGrant}/run` as const]) {\n    app.use(path, loadSession(parts.sessions), sameOwner(), revokeEnded(parts))\n',
      },
    ],
    attack: async ({ grantWorld }) => {
      const world = await grantWorld()
      await world.connect()
      await world.browser.fetch('/auth/grants/digest', {
        method: 'DELETE',
        headers: { 'Sec-Fetch-Site': 'same-site', 'X-CSRF': '' },
      })
      return actsFor(world, 'ada')
    },
    refused: true,
    gained: false,
  },
]

test.for(attacks)('without $guard', async (attack) => {
  const { refused, gained } = await onBoth(attack)

  expect({ refused, gained }).toEqual({ refused: attack.refused, gained: attack.gained })
})
