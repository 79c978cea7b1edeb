import type { Locator, Page } from '@playwright/test'

/** The notes that the page shows. */
export function notes(page: Page): Locator {
  return page.getByRole('region', { name: 'Your notes' }).getByRole('listitem')
}

export function noteWith(page: Page, text: string): Locator {
  return notes(page).filter({ hasText: text })
}

export async function addNote(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'New note' }).fill(text)
  await page.getByRole('button', { name: 'Add note' }).click()
}
