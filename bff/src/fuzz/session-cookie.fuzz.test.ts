import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { sessionCookieName } from '../session/cookie-jar.ts'
import { publicUrl, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'
import { forHeader, mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

test('a session’s cookie that was changed anywhere is nobody signed in', async () => {
  const world = await signedInTestBff()
  const seal = sealOf(world)
  await hold(
    forHeader(mutated([seal, `${seal}${seal}`])),
    async (value) => {
      fc.pre(sealedPart(value) !== sealedPart(seal))
      await expectNobody(world, `${sessionCookieName}=${value}`)
    },
    { runs: 400 },
  )
})

test('what stands behind the seal makes no other session of it', async () => {
  const world = await signedInTestBff()
  const seal = sealOf(world)
  const honest = await (await world.browser.fetch('/auth/session')).json()
  await hold(
    forHeader(oddText),
    async (tail) => {
      const bent = `${sealedPart(seal)}~${tail.replace(/[;"%]/g, '')}`
      const headers = { Cookie: `${sessionCookieName}=${bent}`, 'X-CSRF': '1' }
      const response = await world.bff.app.fetch(
        new Request(`${publicUrl}/auth/session`, { headers }),
      )

      expect([honest, { authenticated: false }]).toContainEqual(await response.json())
    },
    { examples: ['2', '1', '', '9', '2~2', seal] },
  )
})

test('anything at all in the cookie of a session is nobody signed in', async () => {
  const world = await testBff()
  await hold(forHeader(oddText), (value) => expectNobody(world, `${sessionCookieName}=${value}`), {
    runs: 300,
    examples: ['Fe26.2*', 'Fe26.2*1****', 'Fe26.2*__proto__*a*b*c*1*d*e', '~~~~', '{}'],
  })
})

test('the cookie of a sign-in under way, whole or changed, is no session', async () => {
  const world = await testBff()
  await world.browser.navigate('/auth/login', { until: /id\.example\.net/ })
  const [attempt] = [...world.browser.cookies().values()]
  const seal = attempt?.value ?? ''
  await hold(
    forHeader(mutated([seal])),
    (value) => expectNobody(world, `${sessionCookieName}=${value}`),
    { examples: [seal] },
  )
})

async function expectNobody({ bff }: TestBff, cookie: string): Promise<void> {
  const headers = { Cookie: cookie, 'X-CSRF': '1', 'Sec-Fetch-Site': 'same-origin' }
  const session = await bff.app.fetch(new Request(`${publicUrl}/auth/session`, { headers }))
  const call = await bff.app.fetch(new Request(`${publicUrl}/api/notes`, { headers }))

  expect(await session.json()).toEqual({ authenticated: false })
  expect(call.status).toBe(401)
  for (const line of [...session.headers.getSetCookie(), ...call.headers.getSetCookie()])
    expect(line).toMatch(/^[^=]+=; Max-Age=0;/)
}

function sealOf({ browser }: TestBff): string {
  return browser.cookies().get(sessionCookieName)?.value ?? ''
}

/** What the seal vouches for: not its tail, nor how it is spelled in the header, nor the idle bits of its last letter. */
function sealedPart(value: string): string {
  const [first = ''] = value.split(';')
  const bare = decoded(first.trim().replace(/^"(.*)"$/, '$1')).replace(/~.*$/s, '')
  const macStart = bare.lastIndexOf('*') + 1
  const mac = Buffer.from(bare.slice(macStart), 'base64url').toString('base64url')
  return bare.slice(0, macStart) + mac
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
