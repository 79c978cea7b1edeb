import { loginPath } from '@strongroom/client'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { notes, noteWith } from '../support/notebook.ts'
import { expectSignedIn, startSignedIn, type User } from '../support/sign-in.ts'
import type { World } from '../support/world.ts'

const note = 'The engine weaves algebraic patterns'

/** Ada has signed in at the provider an hour ago, and in this app just now, without being asked. */
async function writeImportantNote(page: Page, world: World): Promise<void> {
  await startSignedIn(page, 'Ada Lovelace', '/')
  world.provider.ageSignIns(3600)
  await page.goto(loginPath('/notes'))
  await expect(notes(page)).toHaveCount(2)
  await page.getByRole('textbox', { name: 'New note' }).fill(note)
  await page.getByRole('checkbox', { name: /^Important/ }).check()
  await page.getByRole('button', { name: 'Add note' }).click()
  await expect(dialogOf(page)).toBeVisible()
}

function dialogOf(page: Page) {
  return page.getByRole('dialog', { name: 'Confirm it’s you.' })
}

/** The provider asks for the person again, and for nothing else. */
async function confirm(window: Page, user: User = 'Ada Lovelace'): Promise<void> {
  await window.getByRole('button', { name: user }).click()
}

async function openWindow(page: Page): Promise<Page> {
  const popup = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Sign in once more' }).click()
  return popup
}

test('a note that wants a fresh sign-in waits for it, and is saved once', async ({
  page,
  world,
}) => {
  await writeImportantNote(page, world)

  const window = await openWindow(page)
  const asked = new URL(window.url())
  await confirm(window)

  await expect(dialogOf(page)).toHaveCount(0)
  await expect(page.getByText('Note added.')).toBeVisible()
  await expect(noteWith(page, note)).toHaveCount(1)
  await page.reload()
  await expectSignedIn(page)
  await expect(noteWith(page, note)).toHaveCount(1)
  await expect(noteWith(page, note)).toContainText('important')
  expect(asked.origin).toBe(world.provider.issuer)
})

test('where pop-ups are blocked a tab does it', async ({ context, page, world }) => {
  await page.addInitScript(() => {
    window.open = () => null
  })
  await writeImportantNote(page, world)

  await page.getByRole('button', { name: 'Sign in once more' }).click()
  const opened = context.waitForEvent('page')
  await page.getByRole('link', { name: 'Sign in in a new tab' }).click()
  await confirm(await opened)

  await expect(page.getByText('Note added.')).toBeVisible()
  await expect(noteWith(page, note)).toHaveCount(1)
})

test('who does not want to confirm keeps the note, and may try again', async ({ page, world }) => {
  await writeImportantNote(page, world)

  await page.getByRole('button', { name: 'Not now' }).click()

  await expect(dialogOf(page)).toHaveCount(0)
  await expect(noteWith(page, note)).toContainText('Not saved')
  await expect(noteWith(page, note)).toContainText('fresh sign-in')
  await page.getByRole('button', { name: 'Try again' }).click()
  await confirm(await openWindow(page))
  await expect(page.getByText('Note added.')).toBeVisible()
  await expect(noteWith(page, note)).toHaveCount(1)
})

test('who says no at the provider is signed in as before, and the note is not saved', async ({
  page,
  world,
}) => {
  await writeImportantNote(page, world)

  const window = await openWindow(page)
  await window.getByRole('button', { name: /^Cancel/ }).click()

  await expect(dialogOf(page)).toHaveCount(0)
  await expect(noteWith(page, note)).toContainText('Not saved')
  await expectSignedIn(page)
})

test('a note is not saved for somebody else who signs in there', async ({ page, world }) => {
  await writeImportantNote(page, world)

  const window = await openWindow(page)
  await confirm(window, 'Grace Hopper')
  await window.getByRole('button', { name: 'Allow' }).click()

  await page.getByRole('button', { name: 'Continue as Grace Hopper' }).click()
  await expectSignedIn(page, 'Grace Hopper')
  await expect(notes(page)).toHaveCount(2)
  await expect(noteWith(page, note)).toHaveCount(0)
})
