import { chromium } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { watchEventStreams } from '../support/events-streams.ts'
import { assetOf, isCached } from '../support/http-cache.ts'
import { notes } from '../support/notebook.ts'
import { signOutAtProvider } from '../support/provider-sign-out.ts'
import { expectSignedIn, signOutButton, startSignedIn } from '../support/sign-in.ts'
import type { World } from '../support/world.ts'

const withinASecond = { timeout: 1000 }

test('a sign-out at the provider empties the page within a second', async ({
  context,
  page,
  world,
}) => {
  const streams = watchEventStreams(context)
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await expect.poll(streams.open).toBe(1)

  await signOutAtProvider(context, world)

  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible(
    withinASecond,
  )
  await expect(page.getByText('The sign-in service ended your session.')).toBeVisible()
  await expect(notes(page)).toHaveCount(0)
})

test('a sign-out on another device empties the page within a second', async ({
  otherContext,
  page,
}) => {
  const other = await otherContext.newPage()
  await startSignedIn(other)
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)

  await other.evaluate(signOutEverywhere)

  await expect(page.getByText('You signed this place out from another one.')).toBeVisible(
    withinASecond,
  )
})

test('the back button brings back a page that knows at once that its session is over', async ({
  otherContext,
  world,
}) => {
  const { page, close } = await pageThatIsKept(world)
  await page.goto('/healthz')

  await startSignedIn(await otherContext.newPage())
  await otherContext.pages()[0]?.evaluate(signOutEverywhere)
  await page.goBack({ waitUntil: 'commit' })

  expect(await page.evaluate(() => Reflect.get(window, 'kept') as unknown)).toBe(true)
  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
  await expect(notes(page)).toHaveCount(0)
  await close()
})

test('the back button brings back no page from before a sign-out in the same browser', async ({
  world,
}) => {
  const { context, page, close } = await pageThatIsKept(world)
  const asset = await assetOf(page)
  await page.goto('/healthz')
  expect(await isCached(page, asset)).toBe(true)

  const tab = await context.newPage()
  await tab.goto('/')
  await expectSignedIn(tab)
  await signOutButton(tab).click()
  await expect(tab.getByRole('button', { name: 'Yes, sign out' })).toBeVisible()
  // The cache is cleared behind the user's back, the memory of the back button with it.
  await expect.poll(() => isCached(page, asset)).toBe(false)
  await page.goBack({ waitUntil: 'commit' })

  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  await expect(notes(page)).toHaveCount(0)
  expect(await page.evaluate(() => Reflect.get(window, 'kept') as unknown)).toBeUndefined()
  await close()
})

/** Signed in, in a browser that keeps pages for its back button: Playwright turns that off. */
async function pageThatIsKept(world: World) {
  const browser = await chromium.launch({
    ...test.info().project.use.launchOptions,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  const context = await browser.newContext({ baseURL: world.publicUrl })
  const page = await context.newPage()
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await page.evaluate(() => Reflect.set(window, 'kept', true))
  return { context, page, close: () => browser.close() }
}

function signOutEverywhere() {
  return fetch('/auth/sessions', { method: 'DELETE', headers: { 'X-CSRF': '1' } })
}

test('offline and back: the page says so, and is right again by itself', async ({
  context,
  page,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)

  await context.setOffline(true)
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await expect(page.getByText('You are offline.')).toBeVisible()
  await context.setOffline(false)

  await expect(page.getByText('You are offline.')).toHaveCount(0)
  await expectSignedIn(page)
})

test('a session that ended while the page was offline is seen when it is back', async ({
  context,
  otherContext,
  page,
  world,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await otherContext.addCookies(await context.cookies(world.provider.issuer))

  await context.setOffline(true)
  await signOutAtProvider(otherContext, world)
  await context.setOffline(false)

  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
})
