import type { Page } from '@playwright/test'

/** Where one file of the app is, as the page that is open now names it. */
export async function assetOf(page: Page): Promise<string> {
  return (await page.locator('script[src^="/assets/"]').first().getAttribute('src')) ?? ''
}

/** Whether the browser has it in its cache, asked from a page of the same origin that loads nothing itself. */
export function isCached(page: Page, path: string): Promise<boolean> {
  return page.evaluate(
    (path) =>
      fetch(path, { cache: 'only-if-cached', mode: 'same-origin' }).then(
        ({ ok }) => ok,
        () => false,
      ),
    path,
  )
}
