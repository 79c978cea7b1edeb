import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chromium, devices, type BrowserContextOptions, type Page } from '@playwright/test'
import { startDemoWorld } from '../servers/demo-world.ts'
import { answerProvider, expectSignedIn } from '../support/sign-in.ts'
import { signedInPages, signedOutPages } from './pages.ts'

/**
 * Takes a picture of every page of the running demo, light and dark, on a phone and on a desktop, into
 * `test-results/screenshots`, to be looked at; and those of the documentation into `docs/images`, in a smaller format.
 */

const looked = new URL('../../test-results/screenshots/', import.meta.url)
const published = new URL('../../docs/images/', import.meta.url)

const screens = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
} satisfies Record<string, BrowserContextOptions>

/** Which of them the documentation shows. */
const inDocs = new Set([
  'welcome-desktop-light',
  'overview-desktop-light',
  'overview-phone-dark',
  'notes-desktop-light',
  'account-desktop-dark',
  'console-desktop-light',
])

// The tokens' lives are short, so that some have passed before long.
const world = await startDemoWorld({ accessTokenSeconds: 20 })
const browser = await chromium.launch({ ...foundChromium(), args: ['--no-sandbox'] })
for (const folder of [looked, published]) mkdirSync(folder, { recursive: true })

try {
  await signIn(await open(devices['iPhone 15'] ?? {}))
  for (const colorScheme of ['light', 'dark'] as const) {
    await Promise.all(
      Object.entries(screens).map(async ([device, screen]) => {
        const page = await open({ ...screen, colorScheme })
        await takeAll(page, `${device}-${colorScheme}`)
        await page.context().close()
      }),
    )
  }
} finally {
  await browser.close()
  await world.stop()
}

async function open(options: BrowserContextOptions): Promise<Page> {
  return (await browser.newContext({ baseURL: world.publicUrl, ...options })).newPage()
}

async function takeAll(page: Page, suffix: string): Promise<void> {
  for (const [name, show] of Object.entries(signedOutPages)) {
    await show(page)
    await take(page, `${name}-${suffix}`)
  }
  await signIn(page)
  for (const [name, show] of Object.entries(signedInPages)) {
    await show(page)
    await take(page, `${name}-${suffix}`)
  }
}

async function signIn(page: Page): Promise<void> {
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).first().click()
  await answerProvider(page)
  await expectSignedIn(page)
}

async function take(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready)
  writeFileSync(new URL(`${name}.png`, looked), await page.screenshot({ fullPage: true }))
  if (inDocs.has(name)) writeFileSync(new URL(`${name}.webp`, published), await asWebp(page))
}

/** A quarter of a PNG, and no tool but the browser makes it. */
async function asWebp(page: Page): Promise<Buffer> {
  const { width, height } = await page.evaluate(() => ({
    width: document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight,
  }))
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: 88,
    captureBeyondViewport: true,
    clip: { x: 0, y: 0, width, height, scale: 1 },
  })
  await session.detach()
  return Buffer.from(data, 'base64')
}

function foundChromium(): { readonly executablePath?: string } {
  const found = new URL('../../node_modules/.cache/strongroom/chromium', import.meta.url)
  return existsSync(found) ? { executablePath: readFileSync(found, 'utf8').trim() } : {}
}
