import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { startSignedIn } from '../support/sign-in.ts'

const row = (page: Page, name: string) =>
  page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })

test('shows a call as the page sent it and as the API received it', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/console')
  const request = page.waitForRequest('**/api/whoami')

  await page.getByRole('button', { name: 'Send' }).click()

  const sent = await (await request).allHeaders()
  await expect(row(page, 'Request')).toContainText(/GET \/api\/whoami.*changed.*GET \/whoami/)
  await expect(row(page, 'authorization')).toContainText(/nothing.*added.*Bearer \(hidden\)/)
  for (const name of ['cookie', 'x-csrf', 'referer', 'sec-fetch-*']) {
    await expect(row(page, name)).toContainText(/taken away.*nothing/)
  }
  await expect(row(page, 'user-agent')).toContainText('passed on')
  expect(sent).toMatchObject({ 'x-csrf': '1', cookie: expect.stringContaining('strongroom') })
  expect(sent).not.toHaveProperty('authorization')
})

test('sends what is chosen, with a body, and shows any answer', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/console')

  await page.getByLabel('Method').selectOption('POST')
  await page.getByLabel('Path at the API').fill('/notes')
  await page.getByLabel('Body, as JSON').fill('{ "text": "By hand" }')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText('201 done in')).toBeVisible()
  await expect(row(page, 'Body')).toContainText('By hand')
  await page.getByLabel('Body, as JSON').fill('{')
  await page.getByRole('button', { name: 'Send' }).click()

  await expect(page.getByText('400 refused in')).toBeVisible()
  await expect(page).toHaveURL('/console?method=POST&path=%2Fnotes')
})

test('a link fills the form in, and sends nothing', async ({ page }) => {
  const calls: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/api/')) calls.push(request.url())
  })

  await startSignedIn(page, 'Ada Lovelace', '/console?method=DELETE&path=/notes/some-id')

  await expect(page.getByLabel('Method')).toHaveValue('DELETE')
  await expect(page.getByLabel('Path at the API')).toHaveValue('/notes/some-id')
  await expect(page.getByText('Nothing sent yet.')).toBeVisible()
  expect(calls).toEqual([])
})

test('a path that leads out of the API is not called', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/console?method=POST&path=/../auth/logout')
  const calls: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'POST') calls.push(request.url())
  })

  await expect(page.getByText('This path leads out of the API.')).toBeVisible()
  await page.getByLabel('Path at the API').press('Enter')
  await page.getByRole('button', { name: 'Send' }).press('Enter')

  // Had it been sent, its answer would be here by the time a call that was made after it is answered.
  await page.getByLabel('Method').selectOption('GET')
  await page.getByLabel('Path at the API').fill('/notes')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText('200 done in')).toBeVisible()
  expect(calls).toEqual([])
})
