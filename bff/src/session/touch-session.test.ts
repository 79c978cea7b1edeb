import type { SignedInView } from '@strongroom/client'
import { expect, test } from 'vitest'
import { secret, signedInTestBff, testBff } from '../testing/test-bff.ts'

const idleSeconds = 600
const touch = { method: 'POST' } as const
const options = { session: { secrets: [secret], idleSeconds, maxSeconds: 1800 } }

test.for(['cookie', 'server'] as const)(
  'a user who only types stays signed in, with sessions in the %s',
  async (mode) => {
    const { browser, clock } = await signedInTestBff({ session: { ...options.session, mode } })

    for (let minutes = 0; minutes < 20; minutes += 5) {
      clock.advance(300)
      await browser.fetch('/auth/session', touch)
    }

    const view = (await (await browser.fetch('/auth/session')).json()) as SignedInView
    expect(view).toMatchObject({
      authenticated: true,
      session: { idleExpiresAt: clock.now() + idleSeconds, idleSeconds },
    })
  },
)

test('answers what a look at the session would', async () => {
  const { browser, clock } = await signedInTestBff(options)
  clock.advance(300)

  const touched: unknown = await (await browser.fetch('/auth/session', touch)).json()

  expect(touched).toEqual(await (await browser.fetch('/auth/session')).json())
})

test('writes no cookie twice in a tenth of the idle time', async () => {
  const { browser, clock } = await signedInTestBff(options)
  clock.advance(60)
  await browser.fetch('/auth/session', touch)
  const written = browser.setCookies.length

  clock.advance(59)
  await browser.fetch('/auth/session', touch)

  expect(browser.setCookies).toHaveLength(written)
})

test('never puts off the absolute end', async () => {
  const { browser, clock } = await signedInTestBff(options)

  for (let minutes = 0; minutes < 30; minutes += 5) {
    clock.advance(300)
    await browser.fetch('/auth/session', touch)
  }

  expect((await browser.fetch('/auth/session', touch)).status).toBe(401)
})

test('brings back no session that was signed out', async () => {
  const { browser } = await signedInTestBff(options)
  const copy = browser.with(browser.cookies())
  await browser.fetch('/auth/logout', { method: 'POST' })

  const answer = await copy.fetch('/auth/session', touch)

  expect(answer.status).toBe(401)
  expect(answer.headers.getSetCookie().join()).not.toMatch(/strongroom=[^;]/)
})

test('nobody signed in, nothing to put off', async () => {
  const { browser } = await testBff()

  const answer = await browser.fetch('/auth/session', touch)

  expect(answer.status).toBe(401)
})

test('renews no token and asks no provider', async () => {
  const { browser, clock, provider } = await signedInTestBff({ ...options, accessTokenSeconds: 60 })
  clock.advance(120)

  await browser.fetch('/auth/session', touch)

  expect(provider.tokenRequests('refresh_token')).toBe(0)
})
