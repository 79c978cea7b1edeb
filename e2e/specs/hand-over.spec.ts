import { routes } from '@strongroom/client'
import type { BrowserContext, Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { startSignedIn } from '../support/sign-in.ts'

test.beforeEach(({ world }) => world.provider.growIdTokens(2000))

test('an ID token that is too long for a URL goes to the provider by a page that sends itself', async ({
  page,
  world,
}) => {
  await startSignedIn(page)
  let posted = ''
  // The demo's provider takes GET alone here, so this stands in its place.
  await page.route(`${world.provider.issuer}/**`, (route) => {
    posted = route.request().postData() ?? ''
    return route.fulfill({ contentType: 'text/html', body: '<h1>Signed out there</h1>' })
  })

  await sendSignOutForm(page)
  await expect(page.getByRole('heading', { name: 'Signed out there' })).toBeVisible()

  const fields = new URLSearchParams(posted)
  expect([...fields.keys()].toSorted()).toEqual([
    'client_id',
    'id_token_hint',
    'post_logout_redirect_uri',
    'state',
  ])
})

test('without scripts a button sends it', async ({ page, world }) => {
  await startSignedIn(page)
  await changeAnswer(page, (headers) => ({
    ...headers,
    'content-security-policy':
      headers['content-security-policy']?.replace(' allow-scripts', '') ?? '',
  }))

  await sendSignOutForm(page)
  await page.getByRole('button', { name: 'Continue' }).click()

  await expect(page).toHaveURL(`${world.provider.issuer}/session/end`)
})

test('script that sends the form into a window of its own can’t read the ID token there', async ({
  page,
}) => {
  await startSignedIn(page)

  expect(await lootOfWindow(page)).toBe('')
})

test('with the guard off such a window shows the ID token to script', async ({ context, page }) => {
  await startSignedIn(page)
  await changeAnswer(context, (headers) => ({
    ...headers,
    'content-security-policy': '',
    'cross-origin-opener-policy': 'same-origin',
  }))

  expect(await lootOfWindow(page)).toMatch(/eyJ/)
})

type Headers = Readonly<Record<string, string>>

/** What is sent again on the way does not say by itself that it is a navigation. */
async function changeAnswer(
  where: Page | BrowserContext,
  change: (headers: Headers) => Headers,
): Promise<void> {
  await where.route(`**${routes.logout}`, async (route) => {
    const asked = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' }
    const headers = {
      ...(await route.request().allHeaders()),
      ...asked,
      'sec-fetch-dest': 'document',
    }
    const response = await route.fetch({ maxRedirects: 0, headers })
    await route.fulfill({ response, headers: { ...change(response.headers()) } })
  })
}

function sendSignOutForm(page: Page): Promise<void> {
  return page.evaluate((action) => {
    const form = document.createElement('form')
    Object.assign(form, { method: 'post', action })
    document.body.append(form)
    form.submit()
  }, routes.logout)
}

/** What a script of the app reads, over and over, in a window that it has sent the sign-out into. */
function lootOfWindow(page: Page): Promise<string> {
  return page.evaluate(async (action) => {
    const target = window.open('about:blank', 'loot')
    const form = document.createElement('form')
    Object.assign(form, { method: 'post', action, target: 'loot' })
    document.body.append(form)
    form.submit()
    const until = performance.now() + 1500
    while (performance.now() < until) {
      try {
        const field = target?.document.querySelector<HTMLInputElement>('[name=id_token_hint]')
        if (field) return field.value
      } catch {
        // Another origin's by now.
      }
      await new Promise((resolve) => setTimeout(resolve))
    }
    return ''
  }, routes.logout)
}
