import { AxeBuilder } from '@axe-core/playwright'
import { routes } from '@strongroom/client'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { press, tabTo } from '../support/keyboard.ts'
import { noteWith } from '../support/notebook.ts'
import { expectSignedIn, signOutButton, startSignedIn } from '../support/sign-in.ts'

const signedInPages = ['/', '/notes', '/console']
const signedOutPages = [...signedInPages, '/nowhere', routes.callback]

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme })
    for (const path of signedOutPages) await expectNoAxeFinding(page, path)

    await startSignedIn(page)
    for (const path of signedInPages) await expectNoAxeFinding(page, path)
  })
}

test('axe finds nothing in a page that reports trouble', async ({ page, world }) => {
  await startSignedIn(page)
  await world.api.stop()

  await page.goto('/notes')
  await expect(page.getByText('Your notes could not be loaded.')).toBeVisible()

  expect(await axeFindings(page)).toEqual([])
})

test('at a width of 320 pixels nothing is cut off or scrolls sideways', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 })
  for (const path of signedOutPages) await expectNoSidewaysScrolling(page, path)

  await startSignedIn(page)
  for (const path of signedInPages) await expectNoSidewaysScrolling(page, path)
})

test('the keyboard alone signs in, adds a note and signs out', async ({ page }) => {
  await page.goto('/notes')
  await press(page.getByRole('link', { name: 'Sign in' }))
  await press(page.getByRole('button', { name: 'Ada Lovelace' }))
  await press(page.getByRole('button', { name: 'Allow' }))
  await expectSignedIn(page)

  await tabTo(page.getByRole('textbox', { name: 'New note' }))
  await page.keyboard.type('Typed, not clicked')
  await press(page.getByRole('button', { name: 'Add note' }))
  await expect(noteWith(page, 'Typed, not clicked')).toBeVisible()

  await press(signOutButton(page))
  await press(page.getByRole('button', { name: 'Yes, sign out' }))
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
})

test('another page takes the focus to its heading, and its name to the tab', async ({ page }) => {
  await startSignedIn(page)

  await press(page.getByRole('navigation').getByRole('link', { name: 'Notes' }))

  await expect(page.getByRole('heading', { level: 1, name: 'Notes' })).toBeFocused()
  await expect(page).toHaveTitle(/^Notes/)
})

async function expectNoAxeFinding(page: Page, path: string): Promise<void> {
  await open(page, path)
  expect(await axeFindings(page), path).toEqual([])
}

async function axeFindings(page: Page): Promise<readonly string[]> {
  // The legacy mode leaves out foreign frames, of which there are none, and a page of its own for each look.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  return violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html}`))
}

async function expectNoSidewaysScrolling(page: Page, path: string): Promise<void> {
  await open(page, path)
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width, path).toBeLessThanOrEqual(320)
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByText(/^Loading/)).toHaveCount(0)
}
