import { AxeBuilder } from '@axe-core/playwright'
import { routes } from '@strongroom/client'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { press } from '../support/keyboard.ts'
import { startSignedIn } from '../support/sign-in.ts'

const signedInPages = ['/', '/notes', '/account', '/console']
const signedOutPages = [...signedInPages, '/nowhere', '/signed-in', routes.callback]

/** What a page looks like once somebody has done something there. */
const opened: readonly (readonly [path: string, open: (page: Page) => Promise<void>])[] = [
  ['/', (page) => page.getByText('The timeline as a table').click()],
  ['/notes', (page) => page.getByRole('button', { name: 'Edit' }).first().click()],
  [
    '/console',
    async (page) => {
      await page.getByLabel('Method').selectOption('POST')
      await page.getByRole('button', { name: 'Send' }).click()
      await expect(page.getByRole('heading', { name: 'Both sides of the call' })).toBeVisible()
    },
  ],
]

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page before the sign-in, ${colorScheme}`, async ({ page }) => {
    test.slow()
    await page.emulateMedia({ colorScheme })
    for (const path of signedOutPages) await expectNoAxeFinding(page, path)
  })

  test(`axe finds nothing on any page after it, ${colorScheme}`, async ({ page }) => {
    test.slow()
    await page.emulateMedia({ colorScheme })
    await startSignedIn(page)
    for (const path of signedInPages) await expectNoAxeFinding(page, path)
  })

  test(`axe finds nothing in what can be opened, ${colorScheme}`, async ({
    otherContext,
    page,
  }) => {
    test.slow()
    await startSignedIn(await otherContext.newPage())
    await page.emulateMedia({ colorScheme })
    await startSignedIn(page)
    for (const [path, act] of opened) {
      await open(page, path)
      await act(page)
      expect(await axeFindings(page), path).toEqual([])
    }
    await open(page, '/account')
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await expect(page.getByRole('dialog')).toBeVisible()

    expect(await axeFindings(page)).toEqual([])
  })

  test(`axe finds nothing in what is said of a session’s end, on a narrow screen either, ${colorScheme}`, async ({
    context,
    page,
  }) => {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width: 320, height: 640 })
    await startSignedIn(page, 'Ada Lovelace', '/notes')
    await page.getByRole('textbox', { name: 'New note' }).fill('Half a note')
    await context.clearCookies()
    await page.evaluate(() => window.dispatchEvent(new Event('online')))

    await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
    expect(await axeFindings(page)).toEqual([])
    expect(await sidewaysPixels(page)).toBeLessThanOrEqual(0)
    await page.getByRole('button', { name: 'Not now' }).click()
    await expect(page.getByRole('alert')).toContainText('You have been signed out.')

    expect(await axeFindings(page)).toEqual([])
    expect(await sidewaysPixels(page)).toBeLessThanOrEqual(0)
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
  for (const [path, act] of opened) {
    await open(page, path)
    await act(page)
    expect(await sidewaysPixels(page), path).toBeLessThanOrEqual(0)
  }
})

test('with text twice as large nothing is cut off or scrolls sideways', async ({ page }) => {
  await page.setViewportSize({ width: 640, height: 800 })
  await startSignedIn(page)
  for (const path of signedInPages) {
    await open(page, path)
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'))
    expect(await sidewaysPixels(page), path).toBeLessThanOrEqual(0)
  }
})

test('whoever wants no motion gets none', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await startSignedIn(page)

  await expect(page.getByRole('img', { name: /^Access token/ })).toBeVisible()

  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .map((element) => getComputedStyle(element))
      .filter(
        ({ animationName, transitionDuration, scrollBehavior }) =>
          animationName !== 'none' || transitionDuration !== '0s' || scrollBehavior === 'smooth',
      ),
  )

  expect(moving).toHaveLength(0)
})

test('in forced colours the shapes of the timeline can still be told from the ground', async ({
  page,
}) => {
  await page.emulateMedia({ forcedColors: 'active' })
  await startSignedIn(page)

  await expect(page.getByRole('img', { name: /^Access token/ })).toBeVisible()

  const fills = await page.evaluate(() => {
    const fillOf = (selector: string) => {
      const element = document.querySelector(selector)
      return element && getComputedStyle(element).fill
    }
    return ['.timeline-lane', '.timeline-fresh', '.timeline-ends path'].map(fillOf)
  })

  expect(fills[0]).not.toBe(fills[1])
  expect(fills[0]).not.toBe(fills[2])
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
  expect(await sidewaysPixels(page), path).toBeLessThanOrEqual(0)
}

/** How much wider the content is than the window. */
function sidewaysPixels(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByText(/^Loading/)).toHaveCount(0)
}
