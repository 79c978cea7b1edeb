import type { Locator, Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { callFromPage, sessionSeenBy } from '../support/page-calls.ts'
import { startSignedIn } from '../support/sign-in.ts'

// With a store of its own: no session that another test left behind is listed.
test.beforeEach(async ({ world }, testInfo) =>
  world.bff.restart({ STORE_URL: `sqlite:${testInfo.outputPath('store.db')}` }),
)

test('a user sees where they are signed in, and signs the other place out', async ({
  otherContext,
  page,
}) => {
  const other = await otherContext.newPage()
  await startSignedIn(other)
  await startSignedIn(page, 'Ada Lovelace', '/account')
  await expect(places(page)).toHaveCount(2)
  await expect(places(page).filter({ hasText: 'this one' })).toHaveCount(1)

  await signedInRegion(page)
    .getByRole('button', { name: /^Sign out .+ on .+/ })
    .click()
  const dialog = page.getByRole('dialog', { name: /^Sign out .+ on .+\?$/ })
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await dialog.getByRole('button', { name: 'Sign out there' }).click()

  await expect(places(page)).toHaveCount(1)
  await expect(places(page)).toContainText('this one')
  await expect(signedInRegion(page).getByRole('heading')).toBeFocused()
  await expect(signedInRegion(page).getByRole('status')).toHaveText(/^Signed out .+ on .+\.$/)
  const answer = await callFromPage(other, '/api/notes')
  expect(answer.status).toBe(401)
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'session_ended' })
  await expect(other.getByText('You have been signed out.')).toBeVisible()
  expect(await callFromPage(page, '/api/notes')).toMatchObject({ status: 200 })
})

test('signing out everywhere ends this session and the others', async ({ otherContext, page }) => {
  const other = await otherContext.newPage()
  await startSignedIn(other)
  await startSignedIn(page, 'Ada Lovelace', '/account')

  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page
    .getByRole('dialog', { name: 'Sign out everywhere?' })
    .getByRole('button', { name: 'Sign out of all 2 places' })
    .click()

  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  await expect(page.getByText('You have been signed out.')).toHaveCount(0)
  expect(await sessionSeenBy(page)).toBeNull()
  expect(await callFromPage(other, '/api/notes')).toMatchObject({ status: 401 })
})

test('whoever thinks better of it, or presses Escape, ends nothing', async ({
  otherContext,
  page,
}) => {
  const other = await otherContext.newPage()
  await startSignedIn(other)
  await startSignedIn(page, 'Ada Lovelace', '/account')
  const everywhere = page.getByRole('button', { name: 'Sign out everywhere' })

  await everywhere.click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(everywhere).toBeFocused()
  await everywhere.click()
  await page.getByRole('button', { name: 'Cancel' }).click()

  await expect(page.getByRole('dialog')).toHaveCount(0)
  expect(await callFromPage(page, '/api/notes')).toMatchObject({ status: 200 })
  expect(await callFromPage(other, '/api/notes')).toMatchObject({ status: 200 })
})

test('nobody sees or ends the sessions of somebody else', async ({ otherContext, page }) => {
  const graces = await otherContext.newPage()
  await startSignedIn(graces, 'Grace Hopper')
  await startSignedIn(page, 'Ada Lovelace', '/account')
  await expect(places(page)).toHaveCount(1)
  await expect(page.getByRole('button', { name: 'Sign out' })).toHaveCount(1)

  const ended = await callFromPage(page, '/auth/sessions', { method: 'DELETE' })

  expect(ended.status).toBe(204)
  expect(await callFromPage(graces, '/api/notes')).toMatchObject({ status: 200 })
})

test('a list that can’t be had says so, and can be asked for again', async ({ page }) => {
  await page.route('**/auth/sessions', (route) => route.abort())
  await startSignedIn(page, 'Ada Lovelace', '/account')
  await expect(signedInRegion(page).getByRole('alert')).toContainText(
    'Your sessions could not be loaded.',
  )

  await page.unroute('**/auth/sessions')
  await signedInRegion(page).getByRole('button', { name: 'Try again' }).click()

  await expect(places(page)).toHaveCount(1)
})

function signedInRegion(page: Page): Locator {
  return page.getByRole('region', { name: 'Where you are signed in' })
}

function places(page: Page): Locator {
  return signedInRegion(page).getByRole('listitem')
}
