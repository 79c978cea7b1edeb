import { expect, test } from '../support/fixtures.ts'
import { press, tabTo } from '../support/keyboard.ts'
import { noteWith } from '../support/notebook.ts'
import { expectSignedIn, signOutButton, startSignedIn } from '../support/sign-in.ts'

test('the keyboard alone goes through everything, from the sign-in to the sign-out', async ({
  otherContext,
  page,
}) => {
  test.slow()
  const { keyboard } = page
  const goTo = async (name: string) => {
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name })
    await press(link)
    await expect(page.getByRole('heading', { level: 1, name })).toBeFocused()
  }

  await test.step('sign in, on the way to the notes', async () => {
    await page.goto('/notes')
    await press(page.getByRole('link', { name: 'Sign in' }))
    await press(page.getByRole('button', { name: 'Ada Lovelace' }))
    await press(page.getByRole('button', { name: 'Allow' }))
    await expectSignedIn(page)
    await expect(page).toHaveURL('/notes')
  })
  await test.step('skip the navigation', async () => {
    await press(page.getByRole('link', { name: 'Skip to content' }))
    await expect(page.getByRole('main')).toBeFocused()
  })
  await test.step('add, change, delete and restore a note', async () => {
    await tabTo(page.getByRole('textbox', { name: 'New note' }))
    await keyboard.type('Typed, not clicked')
    await press(page.getByRole('button', { name: 'Add note' }))
    const edit = noteWith(page, 'Typed, not clicked').getByRole('button', { name: 'Edit' })
    await press(edit)
    await expect(page.getByRole('textbox', { name: 'Note text' })).toBeFocused()
    await keyboard.press('Escape')
    await expect(edit).toBeFocused()
    await keyboard.press('Enter')
    await keyboard.type(', twice')
    await keyboard.press('Control+Enter')
    const changed = noteWith(page, 'Typed, not clicked, twice')
    await expect(changed.getByRole('time')).toBeVisible()
    await press(changed.getByRole('button', { name: 'Delete' }))
    await expect(page.getByRole('button', { name: 'Undo' })).toBeFocused()
    await keyboard.press('Enter')
    await expect(changed.getByRole('time')).toBeVisible()
  })
  await test.step('call the API, and read the timeline', async () => {
    await goTo('Overview')
    await press(page.getByRole('button', { name: 'Call the API now' }))
    await expect(page.getByText(/^GET .* 200 in/)).toBeVisible()
    await press(page.getByText('The timeline as a table'))
    await expect(page.getByRole('rowheader', { name: 'sign-in' }).first()).toBeVisible()
  })
  await test.step('sign another place out, after a second thought', async () => {
    await startSignedIn(await otherContext.newPage())
    await goTo('Account')
    const button = page.getByRole('button', { name: /^Sign out .+ on .+/ }).first()
    await press(button)
    await expect(page.getByRole('dialog')).toBeVisible()
    await keyboard.press('Escape')
    // The page hears of it a moment after the browser has closed it and given the focus back.
    await expect(page.locator('dialog')).toHaveCount(0)
    await expect(button).toBeFocused()
    await keyboard.press('Enter')
    await press(page.getByRole('button', { name: 'Sign out there' }))
    await expect(page.getByText(/^Signed out .+ on .+\.$/)).toBeVisible()
    await press(page.getByRole('button', { name: 'Look again' }))
  })
  await test.step('use the console', async () => {
    await goTo('API console')
    await tabTo(page.getByLabel('Method'))
    await keyboard.press('ArrowDown')
    await expect(page.getByLabel('Method')).toHaveValue('POST')
    await tabTo(page.getByLabel('Path at the API'))
    await keyboard.press('Control+A')
    await keyboard.type('/notes')
    await press(page.getByRole('button', { name: 'Send' }))
    await expect(page.getByText('201 done in')).toBeVisible()
  })
  await test.step('sign out', async () => {
    await press(signOutButton(page))
    await press(page.getByRole('button', { name: 'Yes, sign out' }))
    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  })
})

test('the keyboard alone signs in again beside a half-written note', async ({ context, page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  const note = page.getByRole('textbox', { name: 'New note' })
  await tabTo(note)
  await page.keyboard.type('Half a note')
  await context.clearCookies()
  await page.evaluate(() => window.dispatchEvent(new Event('online')))
  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()

  const popup = page.waitForEvent('popup')
  await press(page.getByRole('button', { name: 'Sign in again' }))
  const beside = await popup
  await press(beside.getByRole('button', { name: 'Ada Lovelace' }))
  await press(beside.getByRole('button', { name: 'Allow' }))

  await expectSignedIn(page)
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(note).toHaveValue('Half a note')
  await press(page.getByRole('button', { name: 'Add note' }))
  await expect(noteWith(page, 'Half a note').getByRole('time')).toBeVisible()
})
