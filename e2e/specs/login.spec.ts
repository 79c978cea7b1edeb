import { problemMediaType, routes } from '@strongroom/client'
import type { Page } from '@playwright/test'
import { stopAtCallback } from '../support/callback.ts'
import { cookiesOf, loginCookiePrefix, sessionCookieName } from '../support/cookies.ts'
import { expect, test } from '../support/fixtures.ts'
import { notes } from '../support/notebook.ts'
import { bareCallFromPage } from '../support/page-calls.ts'
import { answerProvider, expectSignedIn, signIn, startSignedIn } from '../support/sign-in.ts'

test('a sign-in from a deep link ends at that page', async ({ page }) => {
  await page.goto('/notes')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await answerProvider(page)

  await expect(page).toHaveURL('/notes')
  await expectSignedIn(page)
  await expect(notes(page)).toHaveCount(2)
})

test('a sign-in ends inside the app whatever the link says', async ({ page, world }) => {
  await page.goto(`${routes.login}?return_to=${encodeURIComponent('//elsewhere.example/')}`)
  await answerProvider(page)

  await expectSignedIn(page)
  await expect(page).toHaveURL(`${world.publicUrl}/`)
})

test('a reload stays signed in', async ({ page }) => {
  await signIn(page)

  await page.reload()

  await expectSignedIn(page)
})

test('two tabs can sign in at the same time', async ({ context, page }) => {
  const secondTab = await context.newPage()
  await page.goto('/notes')
  await secondTab.goto('/console')

  await page.getByRole('link', { name: 'Sign in' }).click()
  await secondTab.getByRole('link', { name: 'Sign in' }).click()
  await expect(page.getByRole('button', { name: 'Ada Lovelace' })).toBeVisible()
  await answerProvider(secondTab)
  await expectSignedIn(secondTab)
  // Consent was given in the other tab.
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()

  await expect(page).toHaveURL('/notes')
  await expectSignedIn(page)
  await expect(secondTab).toHaveURL('/console')
  await secondTab.reload()
  await expectSignedIn(secondTab)
})

test('who is known at the provider signs in without being asked again', async ({
  context,
  page,
}) => {
  await signIn(page)
  await context.clearCookies({ name: new RegExp(`^${sessionCookieName}`) })

  await page.goto('/notes')
  await page.getByRole('link', { name: 'Sign in' }).click()

  await expect(page).toHaveURL('/notes')
  await expectSignedIn(page)
})

test('who denies consent reads so in plain words, and can sign in after all', async ({ page }) => {
  await page.goto('/notes')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect(page.getByRole('heading', { name: 'You were not signed in' })).toBeVisible()

  await page.getByRole('link', { name: 'Try again' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()

  await expect(page).toHaveURL('/notes')
  await expectSignedIn(page)
})

test('who cancels at the provider finds the way back to the app', async ({ page }) => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('heading', { name: 'You were not signed in' })).toBeVisible()

  await page.getByRole('link', { name: 'Back to the app' }).click()

  await expect(page).toHaveURL('/')
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
})

test('an answer with a changed state signs nobody in', async ({ context, page, world }) => {
  const answer = await signInUpToCallback(page)
  answer.searchParams.set('state', `${answer.searchParams.get('state')}x`)

  const response = await page.goto(answer.href)

  expect(response?.status()).toBe(400)
  await expectFailurePage(page, 'This sign-in is no longer valid')
  expect(await cookiesOf(context, sessionCookieName)).toEqual([])
  expect(world.provider.tokenRequests()).toBe(0)
})

test('an answer that is not the provider’s signs nobody in', async ({ context, page, world }) => {
  const answer = await signInUpToCallback(page)
  answer.searchParams.set('iss', 'https://elsewhere.example')

  const response = await page.goto(answer.href)

  expect(response?.status()).toBe(400)
  await expectFailurePage(page, 'The sign-in could not be trusted')
  expect(await cookiesOf(context, sessionCookieName)).toEqual([])
  expect(world.provider.tokenRequests()).toBe(0)
})

test('an answer with a made-up code signs nobody in', async ({ context, page }) => {
  const answer = await signInUpToCallback(page)
  answer.searchParams.set('code', 'made-up')

  const response = await page.goto(answer.href)

  expect(response?.status()).toBe(400)
  await expectFailurePage(page, 'The sign-in could not be trusted')
  expect(await cookiesOf(context, sessionCookieName)).toEqual([])
})

test('the address of a sign-in begun elsewhere signs nobody in', async ({
  otherContext,
  page,
  world,
}) => {
  const answer = await signInUpToCallback(page)
  const victim = await otherContext.newPage()

  const response = await victim.goto(answer.href)

  expect(response?.status()).toBe(400)
  await expectFailurePage(victim, 'This sign-in is no longer valid')
  expect(await cookiesOf(otherContext, sessionCookieName)).toEqual([])
  expect(world.provider.tokenRequests()).toBe(0)
})

test('the session’s cookie is out of reach of script and of other sites', async ({
  context,
  page,
}) => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await expect(page.getByRole('button', { name: 'Ada Lovelace' })).toBeVisible()
  const attempts = await cookiesOf(context, loginCookiePrefix)
  await answerProvider(page)
  await expectSignedIn(page)

  const sealed = { domain: 'localhost', httpOnly: true, path: '/', secure: true }
  expect(attempts).toEqual([expect.objectContaining({ ...sealed, sameSite: 'Lax' })])
  expect(await cookiesOf(context, loginCookiePrefix)).toEqual([])
  const cookies = await cookiesOf(context, sessionCookieName)
  expect(cookies).not.toEqual([])
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({ ...sealed, expires: -1, sameSite: 'Strict' })
  }
  expect(await page.evaluate(() => document.cookie)).toBe('')
})

test('with the guard off script reads the session’s cookie', async ({ context, page }) => {
  await startSignedIn(page)
  const cookies = await cookiesOf(context, sessionCookieName)

  // Under another name, since browsers hold to what the prefix of this one demands.
  await context.addCookies(
    cookies.map((cookie, at) => ({ ...cookie, name: `copy-${at}`, httpOnly: false })),
  )

  expect(await page.evaluate(() => document.cookie)).toContain('Fe26.2*')
})

test('script can’t start a sign-in, and leaves no cookie by trying', async ({ context, page }) => {
  await page.goto('/')

  const answer = await bareCallFromPage(page, routes.login)

  expect(answer).toMatchObject({ status: 401, contentType: problemMediaType })
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'unauthenticated', login: routes.login })
  expect(await context.cookies()).toEqual([])
})

test('a prefetch of the sign-in leaves no cookie', async ({ context, page }) => {
  await page.route('/prefetching', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><link rel="prefetch" href="${routes.login}"><title>Links</title>`,
    }),
  )
  const prefetch = page.waitForResponse((response) => response.url().includes(routes.login))

  await page.goto('/prefetching')

  expect((await prefetch).status()).toBe(401)
  expect(await context.cookies()).toEqual([])
})

test('many abandoned attempts leave no more than five cookies', async ({ context, page }) => {
  for (let attempt = 0; attempt < 7; attempt += 1) {
    await context.request.get(routes.login, { maxRedirects: 0 })
  }

  expect(await cookiesOf(context, loginCookiePrefix)).toHaveLength(5)
  await signIn(page)
})

async function signInUpToCallback(page: Page): Promise<URL> {
  const callback = await stopAtCallback(page)
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await answerProvider(page)
  return callback.url
}

async function expectFailurePage(page: Page, title: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible()
  await expect(page.getByRole('link', { name: /^(Try|Sign in) again$/ })).toBeVisible()
  await expect(page.getByRole('link', { name: 'Back to the app' })).toBeVisible()
}
