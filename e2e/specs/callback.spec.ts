import { routes } from '@strongroom/client'
import type { BrowserContext, Page, Request } from '@playwright/test'
import { stopAtCallback } from '../support/callback.ts'
import { cookiesOf, sessionCookieName } from '../support/cookies.ts'
import { expect, test } from '../support/fixtures.ts'
import { answerProvider, expectSignedIn, signIn, startSignedIn } from '../support/sign-in.ts'

test('the address of a finished sign-in, opened again, leads into the app', async ({ page }) => {
  const used = await usedCallback(page)

  await page.goto(used)

  await expect(page).toHaveURL('/')
  await expectSignedIn(page)
})

test('a link on another site to a finished sign-in leads into the app, past strict cookies', async ({
  page,
  world,
}) => {
  const used = await usedCallback(page)
  const asked = callbacksOf(page)

  await followFromElsewhere(page, used)

  await expect(page).toHaveURL('/')
  await expectSignedIn(page)
  // Withheld on the way from the other site, brought from the page of ours.
  expect(await Promise.all(asked)).toEqual(['without the session', 'with the session'])
  expect(world.provider.tokenRequests()).toBe(1)
})

test('the same link ends on a page in plain words for who is signed out', async ({
  context,
  page,
}) => {
  const used = await usedCallback(page)
  await forgetOurs(context)

  await followFromElsewhere(page, used)

  await expect(page.getByRole('heading', { name: 'This sign-in is no longer valid' })).toBeVisible()
  await expect(page).toHaveURL(`${routes.callback}?answered=1`)
  await page.reload()
  await page.getByRole('link', { name: 'Sign in again' }).click()
  await expectSignedIn(page)
})

test('the back button after a sign-in never ends on an error', async ({ page }) => {
  await signIn(page, 'Ada Lovelace', '/notes')

  await page.goBack()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await page.goForward()

  await expect(page).toHaveURL('/notes')
  await expectSignedIn(page)
})

test('who cancels a second sign-in is still signed in, where it began', async ({ page }) => {
  await startSignedIn(page)
  await page.evaluate(
    (href) => location.assign(href),
    `${routes.login}?prompt=login&return_to=/notes`,
  )

  await page.getByRole('button', { name: 'Cancel' }).click()

  await expect(page).toHaveURL('/notes')
  await expectSignedIn(page)
})

test('who signed in with one tab meanwhile, and cancels in the other, finds the app signed in', async ({
  context,
  page,
}) => {
  const secondTab = await context.newPage()
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await signIn(secondTab)

  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('heading', { name: 'You were not signed in' })).toBeVisible()
  await page.getByRole('link', { name: 'Back to the app' }).click()

  await expectSignedIn(page)
})

test('a browser that keeps no cookies of this site reads what to do, and is not sent round', async ({
  context,
  page,
}) => {
  const asked = callbacksOf(page)
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await expect(page.getByRole('button', { name: 'Ada Lovelace' })).toBeVisible()
  await forgetOurs(context)

  await answerProvider(page)

  await expect(page.getByText('cookies are blocked for this site')).toBeVisible()
  expect(await cookiesOf(context, sessionCookieName)).toEqual([])
  expect(asked).toHaveLength(2)
})

test('an app that sends to the sign-in at once and for ever is stopped', async ({ page }) => {
  await startSignedIn(page)
  let sent = 0
  page.on('request', (request) => (sent += pathOf(request.url()) === routes.login ? 1 : 0))
  // Such an app: this page of it goes to the sign-in, whoever is signed in.
  await page.addInitScript((login) => {
    if (location.pathname === '/round') location.replace(`${login}?return_to=/round`)
  }, routes.login)

  await page.goto('/round')

  await expect(page.getByRole('heading', { name: 'You keep being sent to sign in' })).toBeVisible()
  expect(sent).toBeGreaterThan(2)
  expect(sent).toBeLessThan(8)
  await page.getByRole('link', { name: 'Sign in again' }).click()
  await expect(page.getByRole('button', { name: 'Ada Lovelace' })).toBeVisible()
})

test('an app that asks at once and for ever whether somebody is signed in is stopped', async ({
  page,
  world,
}) => {
  let sent = 0
  page.on('request', (request) => (sent += request.url().startsWith(world.provider.issuer) ? 1 : 0))
  await page.addInitScript((login) => {
    if (location.pathname === '/round') location.replace(`${login}?prompt=none&return_to=/round`)
  }, routes.login)

  await page.goto('/round')

  await expect(page.getByRole('heading', { name: 'You keep being sent to sign in' })).toBeVisible()
  expect(sent).toBe(5)
  await page.goto('/notes')
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible()
})

test('an image, a prefetch and a frame of the callback do not spend the sign-in', async ({
  page,
  world,
}) => {
  const callback = await stopAtCallback(page)
  await page.goto('/')
  await page.getByRole('link', { name: 'Sign in' }).click()
  await answerProvider(page)
  const { href } = await callback.url
  await page.route('/watching', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>Watching</title><link rel="prefetch" href="${href}"><img src="${href}" alt=""><iframe src="${href}"></iframe>`,
    }),
  )
  const statuses: number[] = []
  page.on('response', (response) => {
    if (response.url() === href) statuses.push(response.status())
  })

  await page.goto('/watching')
  await expect.poll(() => statuses).toEqual([401, 401, 401])
  expect(world.provider.tokenRequests()).toBe(0)
  await page.goto(href)

  await expectSignedIn(page)
})

/** Signs in, and gives the address of the callback that did it. */
async function usedCallback(page: Page): Promise<string> {
  const callback = page.waitForRequest((request) => isCallback(request.url()))
  await signIn(page)
  return (await callback).url()
}

function isCallback(url: string): boolean {
  return pathOf(url) === routes.callback
}

function pathOf(url: string): string {
  return new URL(url).pathname
}

/** How the browser comes to the callback, as it goes over the wire. */
function callbacksOf(page: Page): Promise<string>[] {
  const asked: Promise<string>[] = []
  page.on('request', (request) => {
    if (isCallback(request.url())) asked.push(describe(request))
  })
  return asked
}

async function describe(request: Request): Promise<string> {
  const { cookie = '' } = await request.allHeaders()
  return cookie.includes(`${sessionCookieName}=`) ? 'with the session' : 'without the session'
}

async function followFromElsewhere(page: Page, href: string): Promise<void> {
  const elsewhere = 'http://elsewhere.example/'
  await page.route(elsewhere, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!doctype html><title>Elsewhere</title><a href="${href.replaceAll('&', '&amp;')}">On</a>`,
    }),
  )
  await page.goto(elsewhere)
  await page.getByRole('link', { name: 'On' }).click()
}

/** What is left to a browser that keeps no cookies of this site. */
async function forgetOurs(context: BrowserContext): Promise<void> {
  await context.clearCookies({ name: new RegExp(`^${sessionCookieName}`) })
}
