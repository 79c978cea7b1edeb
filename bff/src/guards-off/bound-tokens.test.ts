import { UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import { changed } from '../testing/hostile-answers.ts'
import { onBoth, type Attack } from './without.ts'

const attacks: readonly Attack[] = [
  {
    guard:
      'the look at token_type, whoever stands before the provider has bound tokens turned into bearer ones',
    cuts: [
      {
        file: 'provider/received-tokens.ts',
        guard: 'key !== undefined && !acceptBearer',
        instead: 'false',
      },
    ],
    async attack({ baseOptions, testBff }) {
      // Its provider gives a bearer token, whatever was proven.
      const world = await testBff({ provider: { ...baseOptions.provider, dpop: true } })
      await world.browser.navigate('/auth/login')
      await world.browser.fetch('/api/notes')
      return world.apiCalls.map(({ headers }) => headers.get('Authorization')?.split(' ')[0])
    },
    refused: [],
    gained: ['Bearer'],
  },
  {
    guard: 'the look at what a token says that it is bound to, somebody else’s is called with',
    cuts: [{ file: 'provider/token-request.ts', guard: 'check(answer)' }],
    async attack({ hostileTestBff }) {
      const { provider, signIn } = await hostileTestBff({ dpop: true })
      const theirs = new UnsecuredJWT({ cnf: { jkt: 'another key' } }).encode()
      provider.idToken.claims = { at_hash: undefined }
      provider.answers.token = changed({ token_type: 'DPoP', access_token: theirs })
      return (await signIn()).authenticated
    },
    refused: false,
    gained: true,
  },
  {
    guard:
      'the revocation of what is refused, a token of the app’s own that somebody else holds lives on',
    cuts: [
      {
        file: 'tokens/client-tokens.ts',
        guard: 'if (distrusted !== null) await giveBack(parts, distrusted)\n',
      },
    ],
    async attack({ apiUrl, baseOptions, testBff }) {
      const world = await testBff({
        provider: { ...baseOptions.provider, dpop: true },
        upstreams: [
          { prefix: '/api', target: apiUrl, token: 'client', clientToken: { callers: 'anybody' } },
        ],
      })
      const theirs = new UnsecuredJWT({ cnf: { jkt: 'another key' } }).encode()
      world.provider.tokenAnswer = () =>
        Response.json({ access_token: theirs, token_type: 'DPoP', expires_in: 300 })
      await world.browser.fetch('/api/notes')
      return world.provider.revocations.includes(theirs) ? 'over' : 'alive'
    },
    refused: 'over',
    gained: 'alive',
  },
  {
    guard:
      'the session that a row with a token of the app’s own asks for, anybody calls in the app’s name',
    cuts: [
      {
        file: 'tokens/client-token.ts',
        guard: "callers === 'anybody' && ",
      },
    ],
    async attack({ apiUrl, testBff }) {
      const upstreams = [{ prefix: '/api', target: `${apiUrl}/v1`, token: 'client' }] as const
      const world = await testBff({ upstreams })
      await world.browser.fetch('/api/notes')
      return world.apiCalls.map(({ headers }) => headers.get('Authorization')?.split('-')[0])
    },
    refused: [],
    gained: ['Bearer client'],
  },
]

test.for(attacks)('without $guard', async ({ gained, refused, ...attack }) => {
  expect(await onBoth(attack)).toEqual({ refused, gained })
})
