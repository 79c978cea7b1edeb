import { loginPath } from '@strongroom/client'
import {
  expect,
  type APIResponse,
  type BrowserContext,
  type Locator,
  type Page,
} from '@playwright/test'

export type User = 'Ada Lovelace' | 'Grace Hopper' | 'Alan Turing'

/** Signs in as a person does, from the app's page at `path`, and waits until the app says so. */
export async function signIn(page: Page, user: User = 'Ada Lovelace', path = '/'): Promise<void> {
  await page.goto(path)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await answerProvider(page, user)
  await expectSignedIn(page, user)
}

/** Says at the provider who one is, and allows what the app asks for. */
export async function answerProvider(page: Page, user: User = 'Ada Lovelace'): Promise<void> {
  await page.getByRole('button', { name: user }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
}

export async function expectSignedIn(page: Page, user: User = 'Ada Lovelace'): Promise<void> {
  await expect(signOutButton(page)).toBeVisible()
  await expect(page.getByRole('banner')).toContainText(user)
}

/** The one that ends this very session. The list of sessions has others, with longer names. */
export function signOutButton(page: Page): Locator {
  return page.getByRole('button', { name: 'Sign out', exact: true })
}

/**
 * For tests whose theme is what comes after: the same requests in the same cookie jar without drawing a page for
 * each, which takes a browser far longer than the sign-in itself. Ends at the app's page at `path`.
 */
export async function startSignedIn(
  page: Page,
  user: User = 'Ada Lovelace',
  path = '/',
): Promise<void> {
  await fillCookieJar(page.context(), user)
  await page.goto(path)
  await expectSignedIn(page, user)
}

async function fillCookieJar({ request }: BrowserContext, user: User): Promise<void> {
  const sub = user.split(' ', 1).join('').toLowerCase()
  const signInPage = await request.get(loginPath('/'))
  const consentPage = await request.post(await formTarget(signInPage), { form: { user: sub } })
  const app = await request.post(await formTarget(consentPage), { form: { answer: 'yes' } })
  expect(app.ok()).toBe(true)
}

async function formTarget(page: APIResponse): Promise<string> {
  const action = /<form[^>]* action="([^"]+)"/.exec(await page.text())?.[1]
  if (!action) throw new Error(`There is no form at ${page.url()}.`)
  return new URL(action, page.url()).href
}
