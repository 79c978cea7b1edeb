import { routes } from '@strongroom/client'
import { expect as expectSoon, type Page } from '@playwright/test'

/** Four pages at once on a busy machine take their time. */
const expect = expectSoon.configure({ timeout: 30_000 })

type Show = (page: Page) => Promise<void>

/** Every page as a visitor sees it. */
export const signedOutPages: Readonly<Record<string, Show>> = {
  async welcome(page) {
    await page.goto('/')
    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  },
  async 'notes-signed-out'(page) {
    await page.goto('/notes')
    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  },
  async missing(page) {
    await page.goto('/nothing-here')
    await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  },
  async 'signed-in'(page) {
    await page.goto('/signed-in')
    await expect(page.getByRole('heading', { name: 'You are signed in' })).toBeVisible()
  },
  async callback(page) {
    await page.goto(routes.callback)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  },
}

/** Every page as a user sees it, and the states that are worth a look. */
export const signedInPages: Readonly<Record<string, Show>> = {
  /** After two refreshes, with some calls before and after them. */
  async overview(page) {
    await page.goto('/')
    await call(page)
    for (const refreshed of ['Refreshed 1 time', 'Refreshed 2 times']) {
      await expect(page.getByText('The next call still uses it')).toBeVisible()
      await call(page)
      await expect(page.getByText(refreshed, { exact: true })).toBeVisible()
    }
    await expect(page.getByText(/^0:(?:10|09|08)$/)).toBeVisible()
    await call(page)
    await expect(page.getByText(/^0:0[5-7]$/)).toBeVisible()
  },
  async account(page) {
    await page.getByRole('navigation', { name: 'Pages' }).getByText('Account').click()
    await expect(page.getByText('this one')).toBeVisible()
    await expect(page.getByText('No token.')).toBeVisible()
  },
  async 'account-confirm'(page) {
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()
  },
  async console(page) {
    await page.goto('/console')
    await page.getByRole('button', { name: 'Send' }).click()
    await expect(page.getByRole('heading', { name: 'Both sides of the call' })).toBeVisible()
  },
  async notes(page) {
    await page.goto('/notes')
    await expect(page.getByRole('region', { name: 'Your notes' }).getByRole('time')).toHaveCount(2)
  },
  async 'notes-editing'(page) {
    await page.getByRole('button', { name: 'Edit' }).first().click()
    await expect(page.getByRole('textbox', { name: 'Note text' })).toBeFocused()
  },
  async 'notes-failed'(page) {
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.context().setOffline(true)
    await page.getByRole('textbox', { name: 'New note' }).fill('Written on a train')
    await page.getByRole('button', { name: 'Add note' }).click()
    await expect(page.getByText('Not saved.')).toBeVisible()
    await expect(page.getByText('You are offline.')).toBeVisible()
  },
  async 'notes-ended'(page) {
    await page.context().clearCookies()
    await page.context().setOffline(false)
    await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
  },
}

async function call(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Call the API now' }).click()
  await expect(page.getByText(/^GET .* 200 in/)).toBeVisible()
}
