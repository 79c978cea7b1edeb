import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loginCookiePrefix, sessionCookieName } from '../session/cookie-jar.ts'
import { publicUrl, signedInTestBff, testBff } from '../testing/test-bff.ts'
import { forHeader, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

const ourNames = [
  sessionCookieName,
  ...['.0', '.1', '.3', '.4', '.99999999', '.-1', '.0.0', '-0', '.1e9'].map(
    (end) => sessionCookieName + end,
  ),
  `${loginCookiePrefix}AAAAAAAAAAAA`,
  sessionCookieName.toLowerCase(),
  ` ${sessionCookieName}`,
]

const pair = fc
  .tuple(fc.oneof(fc.constantFrom(...ourNames), oddText), oddText)
  .map(([name, value]) => `${name}=${value}`)

const anyHeader = forHeader(
  fc.oneof(
    fc.array(fc.oneof(pair, oddText), { maxLength: 40 }).map((pairs) => pairs.join('; ')),
    fc.array(pair, { minLength: 200, maxLength: 400 }).map((pairs) => pairs.join(';')),
  ),
)

const paths = ['/auth/session', '/auth/login', '/auth/callback?code=c&state=s', '/api/notes', '/']

test('whatever stands in the header Cookie, nobody is signed in and nothing breaks', async () => {
  const { bff } = await testBff()
  await hold(
    fc.tuple(anyHeader, fc.constantFrom(...paths)),
    async ([cookie, path]) => {
      const headers = { Cookie: cookie, 'X-CSRF': '1' }

      const response = await bff.app.fetch(new Request(publicUrl + path, { headers }))

      expect(response.status).toBeLessThan(500)
      expect(response.headers.getSetCookie().filter(isSession)).toEqual([])
      expect(await response.text()).not.toContain('"authenticated":true')
    },
    { runs: 200 },
  )
})

test('other cookies, however odd, do not sign a user out', async () => {
  const { bff, browser } = await signedInTestBff()
  const seal = browser.cookies().get(sessionCookieName)?.value ?? ''
  const name = forHeader(oddText)
    .map((text) => text.replace(/[;=\s"]/g, ''))
    .filter((text) => !text.startsWith(sessionCookieName))
  await hold(
    fc.array(fc.tuple(name, forHeader(oddText)), { maxLength: 20 }),
    async (others) => {
      const cookies = others.map(([one, value]) => `${one}=${value.replaceAll(';', '')}`)
      const cookie = [...cookies, `${sessionCookieName}=${seal}`].join('; ')
      const headers = { Cookie: cookie, 'X-CSRF': '1' }

      const response = await bff.app.fetch(new Request(`${publicUrl}/auth/session`, { headers }))

      expect(await response.json()).toMatchObject({ authenticated: true })
    },
    { runs: 200 },
  )
})

function isSession(line: string): boolean {
  return line.startsWith(sessionCookieName) && !/^[^=]+=;/.test(line) && !line.includes('-login-')
}
