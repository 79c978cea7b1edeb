import { expect, type BrowserContext } from '@playwright/test'
import type { World } from './world.ts'

/** Signs out at the provider itself, in a tab of the context that bears the provider's session. */
export async function signOutAtProvider(context: BrowserContext, { provider }: World) {
  const tab = await context.newPage()
  await tab.goto(`${provider.issuer}/session/end`)
  await tab.getByRole('button', { name: 'Yes, sign out' }).click()
  // A tab that is closed while it goes to another page may never be gone for Playwright.
  await expect(tab.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await tab.close()
}
