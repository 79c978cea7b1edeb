import { expect, test } from '../support/fixtures.ts'
import { addNote, notes, noteWith } from '../support/notebook.ts'
import { startSignedIn } from '../support/sign-in.ts'

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

  await noteWith(page, 'Punch the cards twice').getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('Note deleted.')).toBeVisible()
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

test('the API sees a token, and neither the cookie nor the header of the page', async ({
  page,
}) => {
  const request = page.waitForRequest('**/api/whoami')
  await startSignedIn(page, 'Ada Lovelace', '/api-view')

  const sent = await (await request).allHeaders()
  const row = (name: string) =>
    page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) })
  await expect(row('Authorization')).toContainText(/nothing.*Bearer <JWT, \d+ bytes/)
  await expect(row('Cookie').getByRole('cell').last()).toHaveText('nothing')
  await expect(row('X-CSRF').getByRole('cell').last()).toHaveText('nothing')
  expect(sent).toMatchObject({ 'x-csrf': '1', cookie: expect.stringContaining('strongroom') })
  expect(sent).not.toHaveProperty('authorization')
})
