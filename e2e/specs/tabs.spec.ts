import { loginPath } from '@strongroom/client'
import type { Page } from '@playwright/test'
import { watchEventStreams } from '../support/events-streams.ts'
import { expect, test } from '../support/fixtures.ts'
import { addNote, notes, noteWith } from '../support/notebook.ts'
import { answerProvider, expectSignedIn, signOutButton, startSignedIn } from '../support/sign-in.ts'

const withinASecond = { timeout: 1000 }

test('out in one tab, out in the other within a second', async ({ context, page }) => {
  await startSignedIn(page)
  const tab = await context.newPage()
  await tab.goto('/notes')
  await expect(notes(tab)).toHaveCount(2)

  await signOutButton(page).click()
  await expect(page.getByRole('button', { name: 'Yes, sign out' })).toBeVisible()

  await expect(tab.getByText('You have been signed out.')).toBeVisible(withinASecond)
  await expect(notes(tab)).toHaveCount(0)
})

test('in as another user in one tab: the other notices before any call goes out', async ({
  context,
  page,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  const calls = apiCallsOf(page)

  await signInBeside(page, 'Grace Hopper')

  await expect(page.getByRole('dialog', { name: 'Grace Hopper is signed in now.' })).toBeVisible()
  await expect(notes(page)).toHaveCount(0)
  expect(calls).toEqual([])
  await page.getByRole('button', { name: 'Continue as Grace Hopper' }).click()
  await expectSignedIn(page, 'Grace Hopper')
  await expect(notes(page)).toHaveCount(2)
  expect(context.pages()).toHaveLength(2)
})

test('what one user was typing is neither shown to the next nor kept for them', async ({
  page,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await page.getByRole('textbox', { name: 'New note' }).fill('For Ada’s eyes only')
  const stored = () => page.evaluate(() => sessionStorage.length)
  expect(await stored()).toBe(1)

  await signInBeside(page, 'Grace Hopper')

  await expect(page.getByRole('dialog', { name: 'Grace Hopper is signed in now.' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'New note', includeHidden: true })).toHaveCount(0)
  // A page that knows nothing of notes, and has not heard that anything has happened.
  await page.goto('/nowhere')
  await expectSignedIn(page, 'Grace Hopper')
  expect(await stored()).toBe(0)
})

test('a tab that has not heard of the other user yet saves nothing in their name', async ({
  page,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  // Deaf: neither the stream nor the other tabs reach it, and looking at the session brings nothing.
  await page.route('**/auth/session', (route) => route.abort())
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide')))

  const graces = await signInBeside(page, 'Grace Hopper')
  await addNote(page, 'Written by Ada')
  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
  await page.unroute('**/auth/session')
  await page.evaluate(() => window.dispatchEvent(new Event('online')))

  await expect(page.getByRole('dialog', { name: 'Grace Hopper is signed in now.' })).toBeVisible()
  await graces.goto('/notes')
  await expect(notes(graces)).toHaveCount(2)
  await expect(noteWith(graces, 'Written by Ada')).toHaveCount(0)
})

test('who signs in again in one tab is signed in again in the other', async ({ context, page }) => {
  await startSignedIn(page)
  const tab = await context.newPage()
  await tab.goto('/')
  await expectSignedIn(tab)
  await signOutButton(page).click()
  await page.getByRole('button', { name: 'No, stay signed in' }).click()
  await expect(tab.getByText('You have been signed out.')).toBeVisible()

  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()

  await expectSignedIn(page)
  await expectSignedIn(tab)
})

test('the same user signs in anew in one tab: the other goes on without a word', async ({
  context,
  page,
}) => {
  const streams = watchEventStreams(context)
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await expect.poll(streams.open).toBe(1)
  await page.getByRole('textbox', { name: 'New note' }).fill('Half a note')
  await page.evaluate(writeDownDialogs)

  const tab = await context.newPage()
  await tab.goto(loginPath('/'))
  await expectSignedIn(tab)
  // The stream of the session before has ended; that of the next is open.
  await expect.poll(streams.opened).toBeGreaterThan(1)
  await expect.poll(streams.open).toBe(1)

  // Longer than it takes to look for a successor.
  await page.waitForTimeout(2_000)
  expect(await page.evaluate(() => Reflect.get(window, 'dialogs') as unknown)).toEqual([])
  await expectSignedIn(page)
  await addNote(page, 'Half a note, and the rest')
  await expect(noteWith(page, 'Half a note, and the rest').getByRole('time')).toBeVisible()
})

test('three tabs have one stream of events, and the next tab takes it over', async ({
  context,
  page,
}) => {
  const streams = watchEventStreams(context)
  await startSignedIn(page)
  const tabs = [await context.newPage(), await context.newPage()]
  for (const tab of tabs) {
    await tab.goto('/')
    await expectSignedIn(tab)
  }
  await expect.poll(streams.open).toBe(1)
  const before = streams.opened()

  await page.close()

  await expect.poll(streams.opened).toBe(before + 1)
  await expect.poll(streams.open).toBe(1)
})

/** Another tab, in which somebody else signs in though the browser has a session. */
async function signInBeside(page: Page, user: 'Grace Hopper'): Promise<Page> {
  const tab = await page.context().newPage()
  await tab.goto('/auth/login?return_to=%2F&prompt=login')
  await answerProvider(tab, user)
  await expectSignedIn(tab, user)
  return tab
}

function apiCallsOf(page: Page): string[] {
  const calls: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/api/')) calls.push(request.url())
  })
  return calls
}

/** Each dialog and each notice that shows itself from now on, however short. */
function writeDownDialogs(): void {
  const dialogs: string[] = []
  Object.assign(window, { dialogs })
  new MutationObserver(() => {
    for (const seen of document.querySelectorAll('dialog, [role=alert]')) {
      dialogs.push(seen.textContent)
    }
  }).observe(document.body, { childList: true, subtree: true })
}
