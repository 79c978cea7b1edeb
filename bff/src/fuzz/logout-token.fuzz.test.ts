import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { issuer, publicUrl, signedInTestBff } from '../testing/test-bff.ts'
import { oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

const event = 'http://schemas.openid.net/event/backchannel-logout'
const oddJson = fc.oneof(fc.jsonValue({ maxDepth: 2 }), oddText, fc.integer())

const header = fc.record(
  {
    alg: fc.oneof(fc.constantFrom('none', 'RS256', 'HS256', 'ES256', 'PS256', 'nOnE', ''), oddJson),
    kid: fc.oneof(fc.constantFrom('stub', '../../etc/passwd', "' OR 1=1"), oddJson),
    typ: fc.oneof(fc.constantFrom('logout+jwt', 'JWT', 'at+jwt'), oddJson),
    jku: fc.constant('https://evil.example/jwks'),
    x5u: fc.constant('https://evil.example/cert'),
    jwk: fc.oneof(fc.constant({ kty: 'oct', k: 'AAAA' }), oddJson),
    crit: fc.oneof(fc.constant(['b64']), oddJson),
    b64: fc.boolean(),
    zip: fc.constant('DEF'),
    enc: fc.constant('A256GCM'),
  },
  { requiredKeys: ['alg'] },
)

const claims = fc.record(
  {
    iss: fc.oneof(fc.constant(issuer), oddJson),
    aud: fc.oneof(fc.constantFrom('app', ['app'], ['app', 'other']), oddJson),
    sub: fc.oneof(fc.constant('ada'), oddJson),
    sid: fc.oneof(fc.constant('provider-session'), oddJson),
    iat: fc.oneof(fc.constantFrom(0, 1e308, -1), oddJson),
    exp: fc.oneof(fc.constant(4_102_444_800), oddJson),
    jti: fc.oneof(fc.constant('1'), oddJson),
    nonce: oddJson,
    events: fc.oneof(fc.constantFrom({ [event]: {} }, { [event]: null }, {}), oddJson),
  },
  { requiredKeys: ['iss', 'aud', 'sub', 'events'] },
)

const signature = fc.oneof(fc.constantFrom('', 'AAAA', '='), fc.base64String({ maxLength: 400 }))

const tokens = fc.oneof(
  fc
    .tuple(header, claims, signature)
    .map(([head, body, sign]) => `${encoded(head)}.${encoded(body)}.${sign}`),
  fc.array(oddText, { maxLength: 6 }).map((parts) => parts.join('.')),
  fc.nat(200_000).map((length) => `${'e30.'.repeat(2)}${'A'.repeat(length)}`),
)

const bodies = fc.oneof(
  tokens.map((token) => new URLSearchParams({ logout_token: token }).toString()),
  tokens.map((token) => `logout_token=${token}&logout_token=${token}`),
  oddText,
)

const types = fc.constantFrom(
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-7',
  'multipart/form-data; boundary=x',
  'application/json',
  'text/plain',
)

test('no logout token that the provider did not sign ends a session, or breaks anything', async () => {
  const { bff, browser, internet } = await signedInTestBff()
  let astray = 0
  internet.host('https://evil.example', () => {
    astray += 1
    return Response.json({ keys: [] })
  })
  await hold(
    fc.tuple(bodies, types),
    async ([body, type]) => {
      const response = await bff.app.fetch(
        new Request(`${publicUrl}/auth/backchannel-logout`, {
          method: 'POST',
          headers: { 'Content-Type': type },
          body,
        }),
      )
      const session = await browser.fetch('/auth/session')

      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(await session.json()).toMatchObject({ authenticated: true })
      expect(astray, 'keys of a stranger were fetched').toBe(0)
    },
    { runs: 300 },
  )
})

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
