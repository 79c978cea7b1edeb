import { expect, test } from '../support/fixtures.ts'
import { addNote, noteWith } from '../support/notebook.ts'
import { callFromPage } from '../support/page-calls.ts'
import { startSignedIn } from '../support/sign-in.ts'

test('each page has an address and a name of its own, and an unknown one says so', async ({
  page,
}) => {
  await startSignedIn(page)
  for (const [path, title] of [
    ['/', 'Overview'],
    ['/notes', 'Notes'],
    ['/account', 'Account'],
    ['/console', 'API console'],
    ['/nowhere', 'Page not found'],
  ] as const) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible()
    await expect(page).toHaveTitle(`${title} – Strongroom demo`)
  }
})

test('a link to a part of the account page leads there, from within and from outside', async ({
  page,
}) => {
  await startSignedIn(page)

  await page.getByRole('link', { name: 'What script can see' }).click()
  const part = page.getByRole('region', { name: 'What script in this page can see' })
  await expect(part).toBeFocused()
  await expect(part).toBeInViewport()
  await page.goto('/notes')
  await page.goto('/account#script')

  await expect(part).toBeInViewport()
})

test('a page whose code can’t be fetched says so, and a reload brings it', async ({ page }) => {
  const code = '**/assets/console-page*'
  await page.route(code, (route) => route.abort())
  await startSignedIn(page)

  await page.getByRole('link', { name: 'API console' }).click()
  await expect(page.getByRole('alert')).toContainText('This page could not be fetched')
  await page.getByRole('navigation', { name: 'Pages' }).getByText('Notes').click()
  await expect(page.getByRole('heading', { level: 1, name: 'Notes' })).toBeVisible()
  await page.goBack()
  await page.unroute(code)
  await page.getByRole('button', { name: 'Reload the page' }).click()

  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible()
})

test('without a network the page says so, keeps what was written, and sends it afterwards', async ({
  context,
  page,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(noteWith(page, 'Welcome!')).toBeVisible()

  await context.setOffline(true)
  await expect(page.getByText('You are offline.')).toBeVisible()
  await addNote(page, 'Written on a train')
  await expect(noteWith(page, 'Written on a train').getByRole('alert')).toContainText('Not saved.')
  await context.setOffline(false)
  await expect(page.getByText('You are offline.')).toHaveCount(0)
  await noteWith(page, 'Written on a train').getByRole('button', { name: 'Try again' }).click()

  await expect(noteWith(page, 'Written on a train').getByRole('time')).toBeVisible()
})

test('the timeline shows when the session was ended elsewhere', async ({ otherContext, page }) => {
  const other = await otherContext.newPage()
  await startSignedIn(other)
  await startSignedIn(page, 'Ada Lovelace', '/account')
  await expect(page.getByText('this one')).toBeVisible()

  await callFromPage(other, '/auth/sessions', { method: 'DELETE' })

  const chart = page.locator('svg[role=img]').filter({ visible: true })
  await expect(chart).toHaveAttribute('aria-label', /^The session was over at \d/)
  await expect(chart.getByText('session over')).toBeVisible()
})
