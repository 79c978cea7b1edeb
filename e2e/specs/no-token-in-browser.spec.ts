import { routes } from '@strongroom/client'
import type { IssuedToken } from '../servers/provider-control.ts'
import { expect, test } from '../support/fixtures.ts'
import { leakInPage, leakOnTheWire, leaks, madeUpToken } from '../support/leaks.ts'
import { addNote, noteWith } from '../support/notebook.ts'
import { startPageServer } from '../support/page-server.ts'
import { answerProvider, expectSignedIn, signOutButton } from '../support/sign-in.ts'
import { waitForTokensEnd } from '../support/token-life.ts'
import { watchTokens } from '../support/token-watcher.ts'

test('the watcher finds a token wherever one is planted, and no other', async ({ context }) => {
  let suspects: readonly IssuedToken[] = []
  const watcher = watchTokens(context, { issuedTokens: () => suspects, callbackUrl: '' })
  const server = await startPageServer(leakOnTheWire)
  const page = await watcher.openPage()

  await page.goto(`${server.sameSite}/redirect`)
  await leakInPage(page)
  await watcher.lookAround()
  await page.goto('about:blank')
  await server.stop()

  for (const [name, token] of Object.entries(leaks)) {
    suspects = [token]
    expect(await watcher.tokenTraces(), name).not.toEqual([])
  }
  suspects = [madeUpToken()]
  expect(await watcher.tokenTraces()).toEqual([])
})

test('no token reaches the browser, from the sign-in to the sign-out', async ({
  context,
  world,
}) => {
  const { provider, publicUrl } = world
  const watcher = watchTokens(context, {
    issuedTokens: provider.issuedTokens,
    callbackUrl: `${publicUrl}${routes.callback}`,
  })
  const page = await watcher.openPage()
  provider.setAccessTokenSeconds(2)

  await test.step('sign in', async () => {
    await page.goto('/notes')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await watcher.lookAround()
    await answerProvider(page)
    await expectSignedIn(page)
  })
  await test.step('write a note', async () => {
    await addNote(page, 'Nothing to see here')
    await expect(noteWith(page, 'Nothing to see here').getByRole('time')).toBeVisible()
    await watcher.lookAround()
  })
  await test.step('refresh', async () => {
    await page.getByRole('link', { name: 'Overview' }).click()
    await waitForTokensEnd(page)
    await page.getByRole('button', { name: 'Call the API now' }).click()
    await expect(page.getByText('Refreshed 1 time')).toBeVisible()
    await expect(page.getByText('No token.')).toBeVisible()
    await watcher.lookAround()
  })
  await test.step('see what the API saw', async () => {
    await page.getByRole('link', { name: 'API console' }).click()
    await page.getByRole('button', { name: 'Send' }).click()
    await expect(page.getByText('Bearer (hidden)', { exact: true })).toBeVisible()
    await watcher.lookAround()
  })
  await test.step('sign out', async () => {
    await signOutButton(page).click()
    await expect(page.getByRole('button', { name: 'Yes, sign out' })).toBeVisible()
    await watcher.lookAround()
    await page.getByRole('button', { name: 'Yes, sign out' }).click()
    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
    await watcher.lookAround()
  })

  const kinds = new Set(provider.issuedTokens().map(({ kind }) => kind))
  expect([...kinds].toSorted()).toEqual(['access_token', 'code', 'id_token', 'refresh_token'])
  expect(await watcher.places()).toEqual(
    expect.arrayContaining([
      'request address',
      'header set-cookie of answer',
      `body of ${publicUrl}/api/whoami`,
      `body of ${publicUrl}/auth/session`,
      `DOM at ${publicUrl}/notes`,
    ]),
  )
  expect(await watcher.tokenTraces()).toEqual([])
  expect(await watcher.strayCodes()).toEqual([])
})
