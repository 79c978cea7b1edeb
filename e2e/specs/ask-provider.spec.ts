import { expect, test } from '../support/fixtures.ts'
import { callFromPage } from '../support/page-calls.ts'
import { expectSignedIn, signIn, startSignedIn } from '../support/sign-in.ts'

const everySeconds = 2

test('a person asks the provider, and reads what it said and when', async ({ page }) => {
  await signIn(page)

  await page.getByRole('button', { name: 'Ask the provider' }).click()

  await expect(
    page.getByText(/At \d\d:\d\d:\d\d it said that the access token is good\./),
  ).toBeVisible()
  await expectSignedIn(page)
})

test('a provider that is down is said to have said nothing, and the person stays', async ({
  page,
  world,
}) => {
  await signIn(page)
  await world.provider.stop()

  await page.getByRole('button', { name: 'Ask the provider' }).click()

  await expect(page.getByText(/it did not say\. Nothing has changed\./)).toBeVisible()
  await expectSignedIn(page)
})

test('a person who asks about a token that was revoked is told that the session is over, and why', async ({
  page,
  world,
}) => {
  await signIn(page)
  await world.provider.revoke({ sub: 'ada' })

  await page.getByRole('button', { name: 'Ask the provider' }).click()

  const dialog = page.getByRole('dialog', { name: 'You have been signed out.' })
  await expect(dialog).toContainText('has taken back the access')
})

test.describe('with introspection every two seconds', () => {
  test.beforeEach(({ world }) => world.bff.restart({ OIDC_INTROSPECTION: String(everySeconds) }))
  test.afterEach(({ world }) => world.bff.restart())

  test('a token that is revoked at the provider ends the session within the configured seconds and says why', async ({
    page,
    world,
  }) => {
    await startSignedIn(page, 'Ada Lovelace', '/notes')
    const draft = page.getByRole('textbox', { name: 'New note' })
    await draft.fill('half a thought')
    expect(await callFromPage(page, '/api/notes')).toMatchObject({ status: 200 })

    await world.provider.revoke({ sub: 'ada' })
    const revokedAt = Date.now()
    const dialog = page.getByRole('dialog', { name: 'You have been signed out.' })
    // The page calls as it would while somebody works with it.
    await expect
      .poll(
        async () => {
          await callFromPage(page, '/api/notes')
          return dialog.isVisible()
        },
        { intervals: [250] },
      )
      .toBe(true)
    const seconds = (Date.now() - revokedAt) / 1000

    // A second for the event and for drawing it.
    expect(seconds).toBeLessThan(everySeconds + 1)
    await expect(dialog).toContainText(
      'The sign-in service has taken back the access that this session had.',
    )
  })
})
