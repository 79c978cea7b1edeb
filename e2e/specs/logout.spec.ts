import { routes } from '@strongroom/client'
import { logoutAnswerSchema } from '@strongroom/client/schemas'
import { cookiesOf, sessionCookieName } from '../support/cookies.ts'
import { expect, test } from '../support/fixtures.ts'
import { callFromPage, sessionSeenBy } from '../support/page-calls.ts'
import { expectSignedIn, signOutButton, startSignedIn } from '../support/sign-in.ts'
import { assetOf, isCached } from '../support/http-cache.ts'

test('signing out ends the session here and at the provider, and comes back to the app', async ({
  context,
  page,
  world,
}) => {
  await startSignedIn(page)

  await signOutButton(page).click()
  await page.getByRole('button', { name: 'Yes, sign out' }).click()

  await expect(page).toHaveURL(`${world.publicUrl}/`)
  expect(await sessionSeenBy(page)).toBeNull()
  expect(await cookiesOf(context, sessionCookieName)).toEqual([])
  await page.getByRole('link', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Choose who you are' })).toBeVisible()
})

test('signing out kills both tokens at the provider, whatever is answered there', async ({
  page,
  world,
}) => {
  await startSignedIn(page)
  const tokens = world.provider.issuedTokens().filter(({ kind }) => /access|refresh/.test(kind))
  expect(tokens.map(({ kind }) => kind).toSorted()).toEqual(['access_token', 'refresh_token'])
  for (const { value } of tokens) expect(await world.provider.isActive(value)).toBe(true)

  await signOutButton(page).click()
  await page.getByRole('button', { name: 'No, stay signed in' }).click()

  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  for (const { kind, value } of tokens) {
    expect(await world.provider.isActive(value), kind).toBe(false)
  }
})

test('who stays signed in at the provider is asked for consent only', async ({ page }) => {
  await startSignedIn(page)
  await signOutButton(page).click()
  await page.getByRole('button', { name: 'No, stay signed in' }).click()

  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()

  await expectSignedIn(page)
})

test('a cookie copied before the sign-out opens nothing afterwards', async ({
  context,
  otherContext,
  page,
}) => {
  await startSignedIn(page)
  await otherContext.addCookies(await context.cookies())
  const thief = await otherContext.newPage()
  await thief.goto('/')
  await expectSignedIn(thief)

  await signOutButton(page).click()
  await expect(page.getByRole('button', { name: 'Yes, sign out' })).toBeVisible()

  const answer = await callFromPage(thief, '/api/notes')
  expect(answer.status).toBe(401)
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'session_ended' })
  expect(await sessionSeenBy(thief)).toBeNull()
})

test('the other tab says that the session is over, and keeps what was typed there', async ({
  context,
  page,
}) => {
  await startSignedIn(page)
  const otherTab = await context.newPage()
  await otherTab.goto('/notes')
  await otherTab.getByRole('textbox', { name: 'New note' }).fill('Half a thought')

  await signOutButton(page).click()
  await expect(page.getByRole('button', { name: 'Yes, sign out' })).toBeVisible()

  await expect(otherTab.getByText('You have been signed out.')).toBeVisible()
  await expect(otherTab.getByRole('textbox', { name: 'New note' })).toHaveValue('Half a thought')
  await expect(otherTab.getByRole('alert').getByRole('link', { name: 'Sign in' })).toBeVisible()
})

test('signing out while the provider is down ends the session here, and says what could not be done', async ({
  page,
  world,
}) => {
  await startSignedIn(page)
  await world.provider.stop()

  const answer = await callFromPage(page, routes.logout, { method: 'POST' })

  const { receipt } = logoutAnswerSchema.parse(JSON.parse(answer.text))
  expect(receipt).toMatchObject({
    session: 'ended',
    refreshToken: 'queued',
    accessToken: 'queued',
    accessTokenExpiresAt: expect.any(Number),
  })
  expect(await sessionSeenBy(page)).toBeNull()
})

test('a plain form of the app’s own page signs out as well', async ({ page, world }) => {
  await startSignedIn(page)

  await page.evaluate((action) => {
    const form = document.createElement('form')
    Object.assign(form, { method: 'post', action })
    document.body.append(form)
    form.submit()
  }, routes.logout)
  await page.getByRole('button', { name: 'Yes, sign out' }).click()

  await expect(page).toHaveURL(new RegExp(`^${world.publicUrl}/`))
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
})

test('what the browser has cached of the app is cleared while the user is on the way', async ({
  context,
  page,
}) => {
  await startSignedIn(page)
  const asset = await assetOf(page)
  const tab = await context.newPage()
  await tab.goto(routes.health)
  const before = await isCached(tab, asset)

  await signOutButton(page).click()
  await expect(page.getByRole('button', { name: 'Yes, sign out' })).toBeVisible()

  expect(before).toBe(true)
  await expect.poll(() => isCached(tab, asset)).toBe(false)
})
