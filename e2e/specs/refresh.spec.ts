import { callFromPage, sessionSeenBy, statusesOfCallsAtOnce } from '../support/page-calls.ts'
import { expect, test } from '../support/fixtures.ts'
import { notes } from '../support/notebook.ts'
import { expectSignedIn, startSignedIn } from '../support/sign-in.ts'
import { waitForTokensEnd } from '../support/token-life.ts'

const shortLifeSeconds = 2
const longLifeSeconds = 60

test('ten calls at once after the token’s end all succeed, with one refresh between them', async ({
  page,
  world,
}) => {
  world.provider.setAccessTokenSeconds(shortLifeSeconds)
  await startSignedIn(page)
  world.provider.setAccessTokenSeconds(longLifeSeconds)
  await waitForTokensEnd(page)

  const statuses = await statusesOfCallsAtOnce(page, '/api/notes', 10)

  expect(statuses).toEqual(Array.from({ length: 10 }, () => 200))
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
  expect(world.provider.refusedTokenRequests()).toBe(0)
})

test('calls from several tabs share one refresh', async ({ context, page, world }) => {
  world.provider.setAccessTokenSeconds(shortLifeSeconds)
  await startSignedIn(page)
  world.provider.setAccessTokenSeconds(longLifeSeconds)
  const tabs = [page, await context.newPage(), await context.newPage()]
  for (const tab of tabs.slice(1)) await tab.goto('/')
  await waitForTokensEnd(page)
  world.provider.delayTokenEndpoint(300)

  const statuses = await Promise.all(tabs.map((tab) => statusesOfCallsAtOnce(tab, '/api/notes', 3)))

  expect(statuses.flat()).toEqual(Array.from({ length: 9 }, () => 200))
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('a call that is late with the old cookie is served, and spends nothing', async ({
  otherContext,
  context,
  page,
  world,
}) => {
  world.provider.setAccessTokenSeconds(shortLifeSeconds)
  await startSignedIn(page)
  world.provider.setAccessTokenSeconds(longLifeSeconds)
  await otherContext.addCookies(await context.cookies())
  const late = await otherContext.newPage()
  await late.goto('/')
  await waitForTokensEnd(page)
  await callFromPage(page, '/api/notes')

  const answer = await callFromPage(late, '/api/notes')

  expect(answer.status).toBe(200)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
  expect(world.provider.refusedTokenRequests()).toBe(0)
})

test('the overview shows each refresh', async ({ page, world }) => {
  world.provider.setAccessTokenSeconds(shortLifeSeconds)
  await startSignedIn(page)
  world.provider.setAccessTokenSeconds(longLifeSeconds)
  await expect(page.getByText('Refreshed 0 times')).toBeVisible()
  await waitForTokensEnd(page)

  await page.getByRole('button', { name: 'Call the API now' }).click()

  await expect(page.getByText('Refreshed 1 time')).toBeVisible()
  await expect(page.getByText('Access token refreshed, 1 in all.')).toBeAttached()
})

test('the session outlives many tokens', async ({ page, world }) => {
  world.provider.setAccessTokenSeconds(shortLifeSeconds)
  await startSignedIn(page)

  for (let life = 1; life <= 3; life += 1) {
    await waitForTokensEnd(page)
    expect(await callFromPage(page, '/api/notes')).toMatchObject({ status: 200 })
  }

  expect((await sessionSeenBy(page))?.token.refreshCount).toBeGreaterThanOrEqual(3)
  expect(world.provider.refusedTokenRequests()).toBe(0)
  await page.reload()
  await expectSignedIn(page)
})

test('a refused refresh ends the session, and the page says so and offers a way back', async ({
  page,
  world,
}) => {
  world.provider.setAccessTokenSeconds(shortLifeSeconds)
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await page.getByRole('textbox', { name: 'New note' }).fill('Not lost')
  await waitForTokensEnd(page)
  await world.provider.revoke({ sub: 'ada' })

  await page.getByRole('button', { name: 'Add note' }).click()

  await expect(page.getByRole('dialog', { name: 'You have been signed out.' })).toBeVisible()
  await page.getByRole('button', { name: 'Not now' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: 'Not saved yet' })).toContainText(
    'Not lost',
  )
  await page.getByRole('alert').getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page).toHaveURL('/notes')
  await expectSignedIn(page)
})
