import { existsSync, readFileSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

// The set-up leaves here which Chromium it found or installed.
const foundChromium = new URL('node_modules/.cache/strongroom/chromium', import.meta.url)

// Without these Chromium calls home, and a test would see requests that no page made.
const quiet = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
]

export default defineConfig({
  testDir: 'e2e/specs',
  fullyParallel: true,
  workers: 3,
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 30_000,
  expect: { timeout: 7000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    headless: true,
    // Costs a quarter of the time. `npm run e2e -- --trace on` when one is wanted.
    trace: 'off',
    launchOptions: {
      // Chromium's sandbox refuses to run as root.
      args: process.getuid?.() === 0 ? [...quiet, '--no-sandbox'] : quiet,
      ...chromium(),
    },
  },
})

/** Nothing means Playwright's own. */
function chromium(): { executablePath?: string } {
  const named = process.env['STRONGROOM_CHROMIUM']
  if (named) return { executablePath: named }
  if (!existsSync(foundChromium)) return {}
  return { executablePath: readFileSync(foundChromium, 'utf8').trim() }
}
