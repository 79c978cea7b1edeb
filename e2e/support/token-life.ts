import { expect, type Page } from '@playwright/test'
import { sessionSeenBy } from './page-calls.ts'

/** Waits until the access token that the page's session has now is over by the clock. */
export async function waitForTokensEnd(page: Page): Promise<void> {
  const session = await sessionSeenBy(page)
  if (!session) throw new Error('Nobody is signed in.')
  const { expiresAt } = session.token
  await expect.poll(() => Date.now() / 1000, { intervals: [50] }).toBeGreaterThan(expiresAt)
}
