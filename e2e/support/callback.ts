import { routes } from '@strongroom/client'
import type { Page } from '@playwright/test'

/**
 * Holds the browser up where the provider sends it back to the app, and gives that address. Strongroom does not hear
 * of it. Playwright's own routes do not see what a redirect leads to; Chromium's do.
 */
export async function stopAtCallback(page: Page): Promise<{ readonly url: Promise<URL> }> {
  const chromium = await page.context().newCDPSession(page)
  const url = new Promise<URL>((resolve) => {
    chromium.once('Fetch.requestPaused', ({ request, requestId }) => {
      void chromium
        .send('Fetch.failRequest', { requestId, errorReason: 'Aborted' })
        .then(() => chromium.detach())
        .then(() => resolve(new URL(request.url)))
    })
  })
  await chromium.send('Fetch.enable', { patterns: [{ urlPattern: `*${routes.callback}?*` }] })
  return { url }
}
