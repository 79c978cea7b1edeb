import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from '@playwright/test'
import { startDemoWorld } from '../servers/demo-world.ts'
import { answerProvider, expectSignedIn } from '../support/sign-in.ts'

/** Takes pictures of the running demo into `docs/images`. Pass `all` for every page, width and colour scheme. */

const folder = new URL('../../docs/images/', import.meta.url)
const everything = new URL('../../test-results/screenshots/', import.meta.url)

const widths = { phone: 360, desktop: 1280 }
const schemes = ['light', 'dark'] as const
const pages = { home: '/', notes: '/notes', 'api-view': '/api-view', missing: '/nothing-here' }

const world = await startDemoWorld()
const browser = await chromium.launch({ ...foundChromium(), args: ['--no-sandbox'] })
const open = (width: number, colorScheme: 'light' | 'dark') =>
  browser.newPage({ baseURL: world.publicUrl, colorScheme, viewport: { width, height: 800 } })

try {
  if (process.argv.includes('all')) await takeAll()
  else await takeForReadme()
} finally {
  await browser.close()
  await world.stop()
}

async function takeForReadme(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const page = await open(widths.desktop, 'light')
  await signIn(page, '/')
  await take(page, new URL('signed-in.png', folder))
}

async function takeAll(): Promise<void> {
  mkdirSync(everything, { recursive: true })
  for (const [device, width] of Object.entries(widths)) {
    for (const scheme of schemes) {
      const page = await open(width, scheme)
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
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: fileURLToPath(file), fullPage: true })
}

function foundChromium(): { readonly executablePath?: string } {
  const found = new URL('../../node_modules/.cache/strongroom/chromium', import.meta.url)
  return existsSync(found) ? { executablePath: readFileSync(found, 'utf8').trim() } : {}
}
