import type { SessionView } from '@strongroom/client'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { addNote, notes, noteWith } from '../support/notebook.ts'
import { signOutAtProvider } from '../support/provider-sign-out.ts'
import { answerProvider, expectSignedIn, startSignedIn, type User } from '../support/sign-in.ts'

const halfANote = 'The engine weaves alg'

/** The session is gone without a word, as when a cookie is cleared. */
async function loseSession(page: Page): Promise<void> {
  await page.context().clearCookies()
}

/** It is the note on its way that finds out: lost earlier, the page's own look at the session might come before it. */
async function loseSessionWithNextNote(page: Page): Promise<void> {
  let isLost = false
  await page.route('**/api/notes', async (route) => {
    if (route.request().method() === 'POST' && !isLost) {
      isLost = true
      await loseSession(page)
    }
    return route.fallback()
  })
}

// A look at the session may be under way when a test is over.
test.afterEach(({ page }) => page.unrouteAll({ behavior: 'ignoreErrors' }))

async function signInAgain(page: Page, user?: User): Promise<Page> {
  const popup = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Sign in again' }).click()
  const window = await popup
  await answerProvider(window, user)
  return window
}

test('a half-written note is there when the user is back, and the window has closed itself', async ({
  context,
  page,
  world,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await page.getByRole('textbox', { name: 'New note' }).fill(halfANote)
  await signOutAtProvider(context, world)
  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()

  const window = await signInAgain(page)

  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expectSignedIn(page)
  await expect(page.getByRole('textbox', { name: 'New note' })).toHaveValue(halfANote)
  await expectClosedOrSaysSo(window)
  await page.getByRole('button', { name: 'Add note' }).click()
  await expect(noteWith(page, halfANote).getByRole('time')).toBeVisible()
})

test('a note that was being saved when the session was over is saved once', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await loseSessionWithNextNote(page)

  await addNote(page, 'Saved once')
  await expect(page.getByText('What you did last waits')).toBeVisible()
  await signInAgain(page)

  await expect(noteWith(page, 'Saved once')).toHaveCount(1)
  await expect(page.getByText('Note added.')).toBeVisible()
  await page.reload()
  await expect(noteWith(page, 'Saved once')).toHaveCount(1)
})

test('a call that waits is not sent for somebody else', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await loseSessionWithNextNote(page)
  await addNote(page, 'Ada’s alone')
  await expect(page.getByText('What you did last waits')).toBeVisible()

  await signInAgain(page, 'Grace Hopper')

  const dialog = page.getByRole('dialog', { name: 'Grace Hopper is signed in now.' })
  await expect(dialog).toContainText(
    'What Ada Lovelace had written here and not saved is discarded.',
  )
  await page.getByRole('button', { name: 'Continue as Grace Hopper' }).click()
  await expectSignedIn(page, 'Grace Hopper')
  await expect(notes(page)).toHaveCount(2)
  await expect(noteWith(page, 'Ada’s alone')).toHaveCount(0)
})

test('what a page has in its own state is there again too, unless somebody asked for the end', async ({
  context,
  page,
  world,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/console')
  const path = page.getByLabel('Path at the API')
  await path.fill('/notes?half=typed')
  await loseSession(page)
  await page.evaluate(() => window.dispatchEvent(new Event('online')))
  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
  await expect(path).toBeHidden()

  await signInAgain(page)
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(path).toHaveValue('/notes?half=typed')

  await signOutAtProvider(context, world)
  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
  await expect(path).toHaveCount(0)
})

test('where pop-ups are blocked a tab does it', async ({ context, page }) => {
  await page.addInitScript(() => {
    window.open = () => null
  })
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await page.getByRole('textbox', { name: 'New note' }).fill(halfANote)
  await loseSession(page)
  await page.evaluate(() => window.dispatchEvent(new Event('online')))

  await page.getByRole('button', { name: 'Sign in again' }).click()
  const opened = context.waitForEvent('page')
  await page.getByRole('link', { name: 'Sign in in a new tab' }).click()
  const tab = await opened
  await answerProvider(tab)

  await expectSignedIn(page)
  await expect(page.getByRole('textbox', { name: 'New note' })).toHaveValue(halfANote)
  await expectClosedOrSaysSo(tab)
})

test('who does not want to sign in again keeps what they were typing', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await page.getByRole('textbox', { name: 'New note' }).fill(halfANote)
  await loseSession(page)
  await page.evaluate(() => window.dispatchEvent(new Event('online')))

  await page.getByRole('button', { name: 'Not now' }).click()

  await expect(page.getByRole('alert')).toContainText('You have been signed out.')
  await expect(page.getByRole('textbox', { name: 'New note' })).toHaveValue(halfANote)
})

test('a warning comes before the idle end, and staying puts it off', async ({ page }) => {
  await endingSoon(page, 'idle')
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  const warning = page.getByText(/^You will be signed out at/)
  await expect(warning).toBeVisible()

  const answer = page.waitForResponse(
    (answer) => answer.url().endsWith('/auth/session') && answer.request().method() === 'POST',
  )
  await page.getByRole('button', { name: 'Stay signed in' }).click()

  expect((await answer).status()).toBe(200)
  await expect(warning).toHaveCount(0)
})

test('a warning comes before the absolute end, which a new sign-in puts off', async ({ page }) => {
  await endingSoon(page, 'absolute')
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await page.getByRole('textbox', { name: 'New note' }).fill(halfANote)
  const warning = page.getByText(/^You will be signed out at/)
  await expect(warning).toBeVisible()

  const popup = page.waitForEvent('popup')
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await expectClosedOrSaysSo(await popup)

  await expect(warning).toHaveCount(0)
  await expectSignedIn(page)
  await expect(page.getByRole('textbox', { name: 'New note' })).toHaveValue(halfANote)
})

/**
 * The page is told that half a minute is left, until it has said that the user is there, or has a new session: the shortest
 * one that can be set lasts longer than a test.
 */
async function endingSoon(page: Page, end: 'idle' | 'absolute'): Promise<void> {
  let isPutOff = false
  let first: number | undefined
  await page.route('**/auth/session', async (route) => {
    isPutOff ||= route.request().method() === 'POST'
    const response = await route.fetch()
    const view = (await response.json()) as SessionView
    if (!view.authenticated) return route.fulfill({ response })
    first ??= view.session.startedAt
    if (isPutOff || first !== view.session.startedAt) return route.fulfill({ response })
    const soon = Math.floor(Date.now() / 1000) + 30
    const { expiresAt } = view.session
    const session = {
      ...view.session,
      idleExpiresAt: soon,
      expiresAt: end === 'idle' ? expiresAt : soon,
    }
    return route.fulfill({ response, json: { ...view, session } })
  })
}

/** A window that script may not close says that the user can. */
async function expectClosedOrSaysSo(window: Page): Promise<void> {
  const says = window.getByRole('heading', { name: 'You are signed in' })
  await expect
    .poll(async () => window.isClosed() || (await says.isVisible().catch(() => true)))
    .toBe(true)
}
