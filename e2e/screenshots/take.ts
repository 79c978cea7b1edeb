import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium, devices, expect, type BrowserContextOptions, type Page } from '@playwright/test'
import { startDemoWorld } from '../servers/demo-world.ts'
import { answerProvider, expectSignedIn } from '../support/sign-in.ts'

/** Takes pictures of the running demo into `docs/images`. Pass `all` for every page, width and colour scheme. */

const folder = new URL('../../docs/images/', import.meta.url)
const everything = new URL('../../test-results/screenshots/', import.meta.url)

const screens = {
  phone: { viewport: { width: 360, height: 800 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
} satisfies Record<string, BrowserContextOptions>
const schemes = ['light', 'dark'] as const
const pages = {
  home: '/',
  notes: '/notes',
  account: '/account',
  console: '/console',
  missing: '/nothing-here',
}

// For the picture of the tokens' lives they are short, so that some have passed before long.
const all = process.argv.includes('all')
const world = await startDemoWorld({ accessTokenSeconds: all ? 60 : 20 })
const browser = await chromium.launch({ ...foundChromium(), args: ['--no-sandbox'] })
const open = (options: BrowserContextOptions) =>
  browser.newPage({ baseURL: world.publicUrl, ...options })

try {
  if (all) await takeAll()
  else await takeForReadme()
} finally {
  await browser.close()
  await world.stop()
}

/** Two refreshes, some calls before and after them, and a second place where the user is signed in. */
async function takeForReadme(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await signIn(await open(devices['iPhone 15'] ?? {}), '/')
  const page = await open(screens.desktop)
  await signIn(page, '/')
  await call(page)
  for (const refreshed of ['Refreshed 1 time', 'Refreshed 2 times']) {
    await expect(page.getByText('The next call still uses it')).toBeVisible({ timeout: 20_000 })
    await call(page)
    await expect(page.getByText(refreshed, { exact: true })).toBeVisible()
  }
  await expect(page.getByText('0:10', { exact: true })).toBeVisible()
  await call(page)
  await expect(page.getByText('0:07', { exact: true })).toBeVisible()
  await take(page, new URL('signed-in.png', folder))
}

async function call(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Call the API now' }).click()
  await expect(page.getByText(/^GET .* 200 in/)).toBeVisible()
}

async function takeAll(): Promise<void> {
  mkdirSync(everything, { recursive: true })
  for (const [device, screen] of Object.entries(screens)) {
    for (const scheme of schemes) {
      const page = await open({ ...screen, colorScheme: scheme })
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path)
        await take(page, new URL(`${name}-signed-out-${device}-${scheme}.png`, everything))
      }
      await page.goto('/auth/callback')
      await take(page, new URL(`callback-${device}-${scheme}.png`, everything))
      await signIn(page, '/')
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path)
        await take(page, new URL(`${name}-signed-in-${device}-${scheme}.png`, everything))
      }
      await page.close()
    }
  }
}

async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.getByRole('link', { name: 'Sign in' }).first().click()
  await answerProvider(page)
  await expectSignedIn(page)
}

async function take(page: Page, file: URL): Promise<void> {
  await expect(page.getByText(/^Loading/)).toHaveCount(0)
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: fileURLToPath(file), fullPage: true })
}

function foundChromium(): { readonly executablePath?: string } {
  const found = new URL('../../node_modules/.cache/strongroom/chromium', import.meta.url)
  return existsSync(found) ? { executablePath: readFileSync(found, 'utf8').trim() } : {}
}
