import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { loginCookiePrefix, sessionCookieName } from '../session/cookie-jar.ts'
import { publicUrl, testBff, type TestBff } from '../testing/test-bff.ts'
import { forHeader, mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

test('a sign-in whose cookie was changed anywhere signs nobody in', async () => {
  const world = await testBff()
  const { name, seal, answer } = await attempt(world)
  const anything = fc.oneof(forHeader(mutated([seal])), forHeader(oddText))
  await hold(
    anything,
    async (value) => {
      fc.pre(!value.startsWith(sealedPart(seal)))
      await expectNoSignIn(world, answer, `${name}=${value}`)
    },
    { examples: ['', '~2'] },
  )
})

test('another sign-in’s cookie under the name of this one signs nobody in', async () => {
  const world = await testBff()
  const first = await attempt(world)
  const second = await attempt(world)

  await expectNoSignIn(world, first.answer, `${first.name}=${second.seal}`)
  await expectNoSignIn(world, second.answer, `${first.name}=${first.seal}`)
})

test('cookies that are named like sign-ins, however many and odd, cost little and sign nobody in', async () => {
  const world = await testBff()
  const tags = fc.array(forHeader(oddText), { maxLength: 60 })
  await hold(
    tags,
    async (names) => {
      const cookie = names.map((name) => `${loginCookiePrefix}${name}=${name}`).join('; ')
      const headers = { Cookie: cookie.slice(0, 16_000), Accept: 'text/html' }

      const started = await world.bff.app.fetch(new Request(`${publicUrl}/auth/login`, { headers }))

      expect(started.status).toBeLessThan(500)
      await expectNoSignIn(world, `${publicUrl}/auth/callback?code=c&state=s`, cookie)
    },
    { runs: 100 },
  )
})

/** What the seal vouches for, without its tail. */
function sealedPart(seal: string): string {
  return seal.slice(0, seal.lastIndexOf('~'))
}

/** A sign-in up to where the provider sends the browser back. */
async function attempt({ browser }: TestBff) {
  const known = new Set(browser.cookies().keys())
  const { url } = await browser.navigate('/auth/login', { until: /\/auth\/callback/ })
  const [name, cookie] = [...browser.cookies()].find(([one]) => !known.has(one)) ?? []
  return { name: name ?? '', seal: cookie?.value ?? '', answer: url.href }
}

async function expectNoSignIn({ bff }: TestBff, answer: string, cookie: string): Promise<void> {
  const headers = { Cookie: cookie, Accept: 'text/html' }
  const response = await bff.app.fetch(new Request(answer, { headers }))

  expect(response.status).toBeLessThan(500)
  expect(response.headers.getSetCookie().filter(beginsSession)).toEqual([])
}

function beginsSession(line: string): boolean {
  return line.startsWith(sessionCookieName) && !line.startsWith(loginCookiePrefix)
    ? !/=; Max-Age=0;/.test(line)
    : false
}
