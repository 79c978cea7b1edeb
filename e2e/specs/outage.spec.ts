import { routes } from '@strongroom/client'
import { expect, test } from '../support/fixtures.ts'
import { notes } from '../support/notebook.ts'
import { callFromPage, sessionSeenBy } from '../support/page-calls.ts'
import { answerProvider, expectSignedIn, startSignedIn } from '../support/sign-in.ts'
import { waitForTokensEnd } from '../support/token-life.ts'

test('Strongroom starts while the provider is down, and signs in once it is up', async ({
  page,
  request,
  world,
}) => {
  await world.provider.stop()
  await world.bff.restart()

  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await expect(
    page.getByRole('heading', { name: 'The sign-in service can’t be reached' }),
  ).toBeVisible()
  expect((await request.get(routes.health)).status()).toBe(200)
  expect(await (await request.get(routes.readiness)).text()).toContain('provider: unreachable')
  await world.provider.start()
  // After a failure the provider is left alone for a moment.
  await expect
    .poll(async () => (await request.get(routes.readiness)).text(), { timeout: 15_000 })
    .toContain('provider: ok')
  await page.getByRole('link', { name: 'Try again' }).click()
  await answerProvider(page)

  await expectSignedIn(page)
})

test('calls go on while the provider is down and the token is valid', async ({ page, world }) => {
  // The API needs the provider's keys once, before it can do without.
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)

  await world.provider.stop()

  expect(await callFromPage(page, '/api/notes')).toMatchObject({ status: 200 })
  await page.reload()
  await expectSignedIn(page)
})

test('a token that can’t be renewed means waiting, not signing out', async ({ page, world }) => {
  test.slow()
  world.provider.setAccessTokenSeconds(2)
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  world.provider.setAccessTokenSeconds(60)
  await world.provider.stop()
  await waitForTokensEnd(page)

  const answer = await callFromPage(page, '/api/notes')
  expect(answer.status).toBe(503)
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'provider_unavailable' })
  expect((await sessionSeenBy(page))?.session.state).toBe('degraded')
  await page.reload()
  // Before it says so it asks twice more, each time when Strongroom said to.
  await expect(page.getByRole('region', { name: 'Your notes' }).getByRole('alert')).toContainText(
    /could not be loaded.*You are still signed in/,
    { timeout: 20_000 },
  )
  await world.provider.start()
  // After failures the provider is left alone for a while, the longer the more there were.
  await expect
    .poll(async () => (await callFromPage(page, '/api/notes')).status, { timeout: 40_000 })
    .toBe(200)
  await page.getByRole('button', { name: 'Try again' }).click()

  await expect(notes(page)).toHaveCount(2)
  await expectSignedIn(page)
})

test('a provider that fails now and then ends no session', async ({ page, world }) => {
  world.provider.setAccessTokenSeconds(2)
  await startSignedIn(page)
  world.provider.setAccessTokenSeconds(60)
  world.provider.failTokenEndpoint({ status: 500 })
  await waitForTokensEnd(page)
  await callFromPage(page, '/api/notes')

  await expect.poll(async () => (await callFromPage(page, '/api/notes')).status).toBe(200)

  await expectSignedIn(page)
})

test('the app says so plainly when the API is down, and carries on when it is back', async ({
  page,
  world,
}) => {
  await startSignedIn(page)
  await world.api.stop()

  await page.getByRole('link', { name: 'Notes' }).click()
  const alert = page.getByRole('region', { name: 'Your notes' }).getByRole('alert')
  await expect(alert).toContainText('Your notes could not be loaded.')
  await expect(alert).toContainText('The API can’t be reached.')
  await world.api.start()
  await alert.getByRole('button', { name: 'Try again' }).click()

  await expect(notes(page)).toHaveCount(2)
  await expectSignedIn(page)
})

test('a note that the API did not take is not lost', async ({ page, world }) => {
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await world.api.stop()
  const nextLook = page.waitForResponse(
    (answer) => answer.url().endsWith('/api/notes') && answer.request().method() === 'GET',
  )

  await page.getByRole('textbox', { name: 'New note' }).fill('Keep me')
  await page.getByRole('button', { name: 'Add note' }).click()

  await expect(page.getByRole('alert').filter({ hasText: 'Not saved' })).toBeVisible()
  await nextLook
  await expect(page.getByText('The list may be out of date.')).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(1)
  await expect(page.getByText('Keep me')).toBeVisible()
})

test('the app says so plainly when Strongroom itself is down', async ({ page, world }) => {
  await startSignedIn(page)
  const callNow = page.getByRole('button', { name: 'Call the API now' })
  await expect(callNow).toBeVisible()
  await world.bff.stop()

  await callNow.click()

  await expect(page.getByRole('alert').first()).toContainText('The server did not answer')
})

test('a restart of Strongroom with the same secret keeps people signed in', async ({
  page,
  world,
}) => {
  await startSignedIn(page)

  await world.bff.restart()
  await page.reload()

  await expectSignedIn(page)
  expect(await callFromPage(page, '/api/notes')).toMatchObject({ status: 200 })
})
