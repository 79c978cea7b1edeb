import { loginParameters } from '@strongroom/client'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sessionCookieName } from '../session/cookie-jar.ts'
import { issuer, publicUrl, testBff } from '../testing/test-bff.ts'
import { mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

const requestNames = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'resource',
]
const proofNames = [
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
]
const answerNames = ['code', 'iss', 'error', 'error_description', 'session_state', 'response']
const oddNames = ['return_to', '__proto__', 'toString']
const protocolNames = [...requestNames, ...proofNames, ...answerNames, ...oddNames]

const name = fc.oneof(fc.constantFrom(...protocolNames, ...loginParameters), oddText)
const value = fc.oneof(
  oddText,
  mutated(['none login', '/x&scope=admin', 'a&state=b', '0', 'https://evil.example']),
)

/** As an honest form would send it, and as nobody should. */
const query = fc.oneof(
  fc.array(fc.tuple(name, value), { maxLength: 20 }).map((pairs) => new URLSearchParams(pairs)),
  fc
    .array(fc.tuple(name, value), { maxLength: 20 })
    .map((pairs) => pairs.map(([key, text]) => `${key}=${text}`).join('&')),
  oddText,
)

test('no query of the sign-in changes what is ours to say to the provider', async () => {
  const { bff } = await testBff()
  await hold(
    query,
    async (search) => {
      const url = new URL(`${publicUrl}/auth/login`)
      url.search = String(search)

      const response = await bff.app.fetch(new Request(url))

      expect(response.status).toBe(303)
      const asked = new URL(response.headers.get('Location') ?? '')
      expect(asked.origin).toBe(issuer)
      for (const [key, ours] of Object.entries(oursToSay))
        expect(asked.searchParams.getAll(key), key).toEqual([ours])
      for (const key of perAttempt)
        expect(asked.searchParams.getAll(key), key).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
      expect([...asked.searchParams.keys()].filter((key) => !mayBeSaid.has(key))).toEqual([])
    },
    { runs: 300 },
  )
})

test('no query of the callback signs anybody in, or breaks anything', async () => {
  const { bff, browser, provider } = await testBff()
  const { url: honest } = await browser.navigate('/auth/login', { until: /\/auth\/callback/ })
  const cookie = [...browser.cookies()].map(([key, held]) => `${key}=${held.value}`).join('; ')
  const state = honest.searchParams.get('state') ?? ''
  await hold(
    fc.tuple(query, fc.boolean()),
    async ([search, withState]) => {
      const url = new URL(`${publicUrl}/auth/callback`)
      url.search = `${withState ? `state=${state}&` : ''}${String(search)}`

      const response = await bff.app.fetch(new Request(url, { headers: { Cookie: cookie } }))

      expect(response.status).toBeLessThan(500)
      const begun = response.headers
        .getSetCookie()
        .filter((line) => line.startsWith(`${sessionCookieName}=`) && !/^[^=]+=;/.test(line))
      expect(begun).toEqual([])
      expect(provider.issued.filter((secret) => secret.startsWith('access'))).toEqual([])
    },
    { runs: 300 },
  )
})

const oursToSay = {
  client_id: 'app',
  redirect_uri: `${publicUrl}/auth/callback`,
  response_type: 'code',
  scope: 'openid profile email offline_access',
  code_challenge_method: 'S256',
}

const perAttempt = ['state', 'nonce', 'code_challenge']
const mayBeSaid = new Set([...Object.keys(oursToSay), ...perAttempt, ...loginParameters])
