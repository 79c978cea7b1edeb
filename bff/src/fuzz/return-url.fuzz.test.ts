import { initiateLoginPath, routes } from '@strongroom/client'
import * as fc from 'fast-check'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { reservedPaths } from '../base/reserved-paths.ts'
import { localReturnTo } from '../base/return-to.ts'
import { issuer, publicUrl as ours, testBff } from '../testing/test-bff.ts'
import { mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'
import { returnUrlTricks } from './return-url-tricks.ts'

const publicUrl = new URL(ours)
const reserved = reservedPaths([{ prefix: '/api' }])
const returnTo = (value: string) => localReturnTo(value, publicUrl, reserved)

const anything = fc.oneof(
  mutated(returnUrlTricks),
  oddText,
  oddText.map((text) => `/${text}`),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
)

test('whatever a link says, the browser that follows it stays in the app', async () => {
  await hold(
    anything,
    (value) => {
      expectToStay(returnTo(value))
    },
    { runs: 3000, examples: returnUrlTricks },
  )
})

test('what was let through is let through again, unchanged', async () => {
  await hold(anything, (value) => {
    const path = returnTo(value)

    expect(returnTo(path)).toBe(path)
  })
})

test('the answer to a sign-in leads into the app, whatever the link said', async () => {
  const { browser, clock } = await testBff()
  await hold(
    fc.oneof(fc.constantFrom(...returnUrlTricks), anything),
    async (value) => {
      const query = new URLSearchParams({ return_to: value })
      // As a person does: sign-ins one upon the other are taken for a loop.
      clock.advance(60)
      const { way, response } = await browser.navigate(`/auth/login?${query.toString()}`)

      expect(way[2], `status ${response.status}`).toBeDefined()
      expectToStay(way[3]?.slice(ours.length) ?? '')
    },
    { runs: 60 },
  )
})

test('nor does a sign-in that somebody else begins lead away, whatever its target', async () => {
  const { bff } = await testBff()
  await hold(
    fc.oneof(
      anything,
      anything.map((path) => ours + path),
    ),
    async (target) => {
      const query = new URLSearchParams({ iss: issuer, target_link_uri: target })
      const answer = await bff.app.request(`${ours}${initiateLoginPath}?${query.toString()}`)
      const next = new URL(answer.headers.get('location') ?? '', ours)

      expect(next.origin + next.pathname).toBe(ours + routes.login)
      expectToStay(next.searchParams.get('return_to') ?? '')
    },
    { examples: returnUrlTricks },
  )
})

/** What others have checked, and where they then sent the browser. */
const naiveChecks: ReadonlyArray<readonly [name: string, goTo: (value: string) => string | null]> =
  [
    ['that it begins with a slash', (value) => (value.startsWith('/') ? value : null)],
    ['that it begins with one slash', (value) => (/^\/(?!\/)/.test(value) ? value : null)],
    [
      'that it resolves to our origin',
      (value) => {
        const url = URL.parse(value, publicUrl.href)
        return url?.origin === publicUrl.origin ? `${url.pathname}${url.search}` : null
      },
    ],
    [
      'that it begins with one slash, and then decode it',
      (value) => (/^\/(?![/\\])/.test(value) ? decoded(value) : null),
    ],
  ]

test.for(naiveChecks)('without the guard: to check %s is not enough', ([, goTo]) => {
  const through = returnUrlTricks.filter((trick) => leadsAstray(goTo(trick) ?? '/'))

  expect(through).not.toEqual([])
  for (const trick of through) expectToStay(returnTo(trick))
})

function expectToStay(path: string): void {
  expect(leadsAstray(path), JSON.stringify(path)).toBe(false)
}

/** As the strictest and the laxest browser read it: to another origin, or to a door for machines. */
function leadsAstray(path: string): boolean {
  const dropped = path.replace(/[\t\r\n]/g, '')
  return [path, dropped, dropped.replaceAll('\\', '/'), path.trim()].some((reading) => {
    const url = URL.parse(reading, publicUrl.href)
    return url?.origin !== publicUrl.origin || isOurDoor(url)
  })
}

const doors = new Hono()
for (const door of ['/auth/*', '/api/*', routes.health, routes.readiness])
  doors.all(door, (c) => c.text(''))

function isOurDoor(url: URL): boolean {
  return doors.router.match('GET', doors.getPath(new Request(url)))[0].length > 0
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
