import type { Locator, Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { callFromPage, sessionSeenBy } from '../support/page-calls.ts'
import {
  answerProvider,
  expectSignedIn,
  signIn,
  signOutButton,
  startSignedIn,
} from '../support/sign-in.ts'
import type { World } from '../support/world.ts'

/** A night takes four seconds, and a token is too old the next night. */
test.beforeEach(async ({ world }) => {
  await world.bff.restart({ DEMO_NIGHTS: '*/4 * * * * *' })
})

function digest(page: Page): Locator {
  return page.getByRole('region', { name: 'While you are away' }).getByRole('listitem')
}

async function connect(page: Page, { provider }: World): Promise<void> {
  provider.setAccessTokenSeconds(3)
  await digest(page)
    .getByRole('link', { name: /^Connect/ })
    .click()
  await expect(page.getByText('Act while you are away')).toBeVisible()
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(digest(page).getByRole('button', { name: 'Withdraw' })).toBeVisible()
}

test('a digest that was withdrawn in another tab says so when it is to run', async ({
  context,
  page,
  world,
}) => {
  // No night falls meanwhile: the button would say that it runs.
  await world.bff.restart({ DEMO_NIGHTS: '0 3 1 1 *' })
  await startSignedIn(page, 'Ada Lovelace', '/account')
  await connect(page, world)
  // It learns of nothing by itself.
  await page.route('**/auth/grants', (route) => route.abort())
  const tab = await context.newPage()
  await tab.goto('/account')
  await digest(tab).getByRole('button', { name: 'Withdraw' }).click()
  await expect(digest(tab)).toContainText('Not connected')

  await digest(page).getByRole('button', { name: 'Run now' }).click()

  await expect(digest(page).getByRole('alert')).toContainText('Connect it first.')
})

test('a user connects the nightly digest, it runs while they are signed out, and stops when they withdraw it', async ({
  page,
  world,
}) => {
  test.slow()
  await signIn(page)
  await page.goto('/account')
  await expect(digest(page)).toContainText('Not connected')
  await connect(page, world)
  await digest(page).getByRole('button', { name: 'Run now' }).click()
  await expect(digest(page)).toContainText('Summed up 2 notes.')

  await signOutButton(page).click()
  await page.getByRole('button', { name: 'Yes, sign out' }).click()
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  expect(await sessionSeenBy(page)).toBeNull()
  await aNightGoesBy(world)
  world.provider.setAccessTokenSeconds(60)

  await page.getByRole('link', { name: 'Sign in' }).click()
  await answerProvider(page)
  await expectSignedIn(page)
  await page.goto('/account')
  await expect(digest(page)).toContainText('Summed up 2 notes.')
  expect((await callFromPage(page, '/api/notes')).text).toContain('Nightly digest: 2 notes')

  const tokens = await aliveTokens(world)
  await digest(page).getByRole('button', { name: 'Withdraw' }).click()
  await expect(
    page.getByText(/^Nightly digest is withdrawn\. What you allowed is over/),
  ).toBeVisible()
  await expect(digest(page)).toContainText('Not connected')
  await expect(digest(page).getByRole('link', { name: 'Connect' })).toBeVisible()
  // The refresh token of the session lives on, and that of the grant is dead.
  expect([tokens.length, (await aliveTokens(world)).length]).toEqual([2, 1])
  expect(await callFromPage(page, '/api/notes')).toMatchObject({ status: 200 })
  await expectNoMoreNights(page)
})

test('who says no at the provider is told so, and stays signed in', async ({ page }) => {
  await startSignedIn(page, 'Ada Lovelace', '/account')

  await digest(page).getByRole('link', { name: 'Connect' }).click()
  await page.getByRole('button', { name: 'Deny' }).click()

  await expect(page.getByRole('heading', { name: 'Nightly digest: not connected' })).toBeVisible()
  await page.getByRole('link', { name: 'Back to the app' }).click()
  await expect(digest(page)).toContainText('Not connected')
  await expect(signOutButton(page)).toBeVisible()
})

test('a consent that the provider takes back is told of once and politely, and can be given again', async ({
  page,
  world,
}) => {
  test.slow()
  await startSignedIn(page, 'Ada Lovelace', '/account')
  await connect(page, world)
  const [token = ''] = (await aliveTokens(world)).slice(-1)
  await world.provider.revoke({ token })
  await expect(digest(page)).toContainText('Stopped', { timeout: 20_000 })

  await page.reload()
  const asked = page.getByText('Something that ran while you were away has stopped.')
  await expect(asked).toBeVisible()
  await page.getByRole('button', { name: 'Not now' }).click()
  await expect(asked).toBeHidden()
  await page.reload()
  await expect(digest(page)).toContainText('Stopped')
  await expect(asked).toBeHidden()

  await connect(page, world)
  await expect(digest(page)).toContainText('Connected')
})

test('what the app offers no more is still the user’s to see and to withdraw', async ({
  page,
  world,
}) => {
  await startSignedIn(page, 'Ada Lovelace', '/account')
  await connect(page, world)
  world.provider.setAccessTokenSeconds(60)
  await world.bff.restart({ DEMO_WITHOUT_DIGEST: 'yes' })

  await page.reload()
  await expect(digest(page)).toContainText('This app no longer offers this')
  await expect(digest(page).getByRole('link', { name: /^Connect/ })).toBeHidden()
  await expect(digest(page).getByRole('button', { name: 'Run now' })).toBeHidden()
  const tokens = await aliveTokens(world)
  await digest(page).getByRole('button', { name: 'Withdraw' }).click()

  await expect(
    page.getByText(/^Nightly digest is withdrawn\. What you allowed is over/),
  ).toBeVisible()
  await expect(digest(page)).toHaveCount(0)
  expect((await aliveTokens(world)).length).toBe(tokens.length - 1)
})

/** A run that needs a token of its own, while nobody is signed in. */
async function aNightGoesBy({ provider }: World): Promise<void> {
  const refreshes = provider.tokenRequests('refresh_token')
  await expect
    .poll(() => provider.tokenRequests('refresh_token'), { timeout: 20_000 })
    .toBeGreaterThan(refreshes)
}

async function expectNoMoreNights(page: Page): Promise<void> {
  const last = (await callFromPage(page, '/api/notes')).text
  // Longer than two nights.
  await page.waitForTimeout(9000)
  expect((await callFromPage(page, '/api/notes')).text).toBe(last)
}

/** The refresh tokens that work, oldest first. */
async function aliveTokens({ provider }: World): Promise<readonly string[]> {
  const issued = provider.issuedTokens().filter(({ kind }) => kind === 'refresh_token')
  const alive: string[] = []
  for (const { value } of issued) if (await provider.isActive(value)) alive.push(value)
  return alive
}
