import { expect, test } from '../support/fixtures.ts'
import { addNote, notes, noteWith } from '../support/notebook.ts'
import { signOutButton, startSignedIn } from '../support/sign-in.ts'

test('a note is added, changed and deleted, and stays so after a reload', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')

  await addNote(page, 'Punch the cards')
  await expect(page.getByText('Note added.')).toBeVisible()
  await noteWith(page, 'Punch the cards').getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Note text' }).fill('Punch the cards twice')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Note saved.')).toBeVisible()
  await page.reload()
  await expect(noteWith(page, 'Punch the cards twice')).toBeVisible()

  // It is said at once, and a reload would cut off what is still on its way.
  const deletion = page.waitForResponse((answer) => answer.request().method() === 'DELETE')
  await noteWith(page, 'Punch the cards twice').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('Note deleted.')).toBeVisible()
  await deletion
  await page.reload()

  await expect(notes(page)).toHaveCount(2)
  await expect(noteWith(page, 'Punch the cards')).toHaveCount(0)
})

test('a deleted note can be brought back', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await addNote(page, 'Weave algebraic patterns')
  await expect(page.getByText('Note added.')).toBeVisible()

  await noteWith(page, 'Weave algebraic').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByText('Note restored.')).toBeVisible()
  await page.reload()

  await expect(noteWith(page, 'Weave algebraic patterns')).toBeVisible()
})

test('a note that is brought back waits until the old one is gone', async ({ page }) => {
  const text = 'Count the wheels'
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await addNote(page, text)
  await expect(page.getByText('Note added.')).toBeVisible()
  const gone = Promise.withResolvers<void>()
  const answered: string[] = []
  page.on('response', (answer) => answered.push(answer.request().method()))
  await page.route('**/api/notes/*', async (route) => {
    await gone.promise
    await route.continue()
  })

  await noteWith(page, text).getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(noteWith(page, text)).toBeVisible()
  gone.resolve()
  await expect(page.getByText('Note restored.')).toBeVisible()
  await page.reload()

  expect(answered.filter((method) => method !== 'GET')).toEqual(['DELETE', 'POST'])
  await expect(noteWith(page, text)).toHaveCount(1)
})

test('a note is shown as it was typed, not as markup', async ({ page }) => {
  const text = '<img src=x onerror="document.title=1"> & <b>bold</b>'
  await startSignedIn(page, 'Ada Lovelace', '/notes')

  await addNote(page, text)
  await expect(page.getByText('Note added.')).toBeVisible()

  await expect(noteWith(page, text)).toBeVisible()
  await expect(notes(page).getByRole('img')).toHaveCount(0)
})

test('two people keep their notes apart', async ({ otherContext, page }) => {
  const gracesPage = await otherContext.newPage()
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await startSignedIn(gracesPage, 'Grace Hopper', '/notes')

  await addNote(page, 'Ada was here')
  await addNote(gracesPage, 'Grace was here')
  await expect(page.getByText('Note added.')).toBeVisible()
  await expect(gracesPage.getByText('Note added.')).toBeVisible()
  await page.reload()
  await gracesPage.reload()

  await expect(noteWith(page, 'Ada was here')).toBeVisible()
  await expect(noteWith(page, 'Grace was here')).toHaveCount(0)
  await expect(noteWith(gracesPage, 'Grace was here')).toBeVisible()
  await expect(noteWith(gracesPage, 'Ada was here')).toHaveCount(0)
})

test('a note that could not be added says so in its place, and is added on the next try', async ({
  page,
  world,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await world.api.stop()

  await addNote(page, 'Sent into the void')
  await expect(noteWith(page, 'Sent into the void').getByRole('alert')).toContainText('Not saved.')
  await page.getByRole('textbox', { name: 'New note' }).fill('Another one')
  await world.api.start()
  await noteWith(page, 'Sent into the void').getByRole('button', { name: 'Try again' }).click()

  await expect(noteWith(page, 'Sent into the void').getByRole('time')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'New note' })).toHaveValue('Another one')
})

test('a change that fails stays in its editor, with the reason', async ({ page, world }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await noteWith(page, 'Welcome!').getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Note text' }).fill('Better words')
  await page.route('**/api/notes/*', (route) => route.abort())

  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('listitem').getByRole('alert')).toContainText('Not saved.')
  await page.unroute('**/api/notes/*')
  await page.getByRole('button', { name: 'Save' }).click()

  await expect(noteWith(page, 'Better words').getByRole('time')).toBeVisible()
  await expect(page.getByText('Note saved.')).toBeVisible()
  expect(world.provider.refusedTokenRequests()).toBe(0)
})

test('a delete that fails brings the note back, and says why', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await page.route('**/api/notes/*', (route) => route.abort())

  await noteWith(page, 'Welcome!').getByRole('button', { name: 'Delete' }).click()

  await expect(noteWith(page, 'Welcome!').getByRole('alert')).toContainText('Not deleted.')
  await page.unroute('**/api/notes/*')
  await noteWith(page, 'Welcome!').getByRole('button', { name: 'Try again' }).click()
  await expect(noteWith(page, 'Welcome!')).toHaveCount(0)
})

test('of two who change a note the later is shown both texts, and chooses', async ({
  otherContext,
  page,
}) => {
  const laptop = await otherContext.newPage()
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await startSignedIn(laptop, 'Ada Lovelace', '/notes')
  for (const [place, text] of [
    [page, 'From the phone'],
    [laptop, 'From the laptop'],
  ] as const) {
    await noteWith(place, 'Welcome!').getByRole('button', { name: 'Edit' }).click()
    await place.getByRole('textbox', { name: 'Note text' }).fill(text)
  }

  await laptop.getByRole('button', { name: 'Save' }).click()
  await expect(laptop.getByText('Note saved.')).toBeVisible()
  await page.getByRole('button', { name: 'Save' }).click()

  await expect(page.getByRole('alert')).toContainText('Somebody has changed this note meanwhile.')
  await expect(page.getByRole('alert')).toContainText('From the laptop')
  await page.getByRole('button', { name: 'Keep mine' }).click()
  await expect(noteWith(page, 'From the phone').getByRole('time')).toBeVisible()
})

test('what was typed outlives a reload, and is not there for anybody else', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await page.getByRole('textbox', { name: 'New note' }).fill('Half a thou')
  await noteWith(page, 'Welcome!').getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('textbox', { name: 'Note text' }).fill('Half a chang')

  await page.reload()
  await expect(page.getByRole('textbox', { name: 'New note' })).toHaveValue('Half a thou')
  await expect(page.getByRole('textbox', { name: 'Note text' })).toHaveValue('Half a chang')
  await page.context().clearCookies()
  await startSignedIn(page, 'Grace Hopper', '/notes')

  await expect(page.getByRole('textbox', { name: 'New note' })).toHaveValue('')
  await expect(page.getByText('Half a chang')).toHaveCount(0)
  await expect.poll(() => page.evaluate(() => sessionStorage.length)).toBe(0)
})

test('a sign-out leaves nothing of what was typed behind', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await page.getByRole('textbox', { name: 'New note' }).fill('For my eyes only')
  await expect.poll(() => page.evaluate(() => sessionStorage.length)).toBe(1)

  await signOutButton(page).click()
  await page.getByRole('button', { name: 'Yes, sign out' }).click()
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()

  expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
})
