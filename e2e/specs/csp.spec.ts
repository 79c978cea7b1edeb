import { routes } from '@strongroom/client'
import { collectComplaints } from '../support/complaints.ts'
import { expect, test } from '../support/fixtures.ts'
import { addNote, notes, noteWith } from '../support/notebook.ts'
import { signIn, signOutButton, startSignedIn } from '../support/sign-in.ts'

test('the whole story runs without a violation of policy or a complaint', async ({
  context,
  page,
}) => {
  const complaints = await collectComplaints(context)

  await signIn(page)
  await page.getByRole('button', { name: 'Call the API now' }).click()
  await page.getByRole('link', { name: 'Notes' }).click()
  await addNote(page, 'By the book')
  await noteWith(page, 'By the book').getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('link', { name: 'API console' }).click()
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByRole('heading', { name: 'Both sides of the call' })).toBeVisible()
  await page.getByRole('link', { name: 'Account' }).click()
  await expect(page.getByRole('img', { name: /^Access token/ })).toBeVisible()
  await signOutButton(page).click()
  await page.getByRole('button', { name: 'Yes, sign out' }).click()
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()

  expect(complaints).toEqual([])
})

test('the policy stops script and style that are not the app’s', async ({ context, page }) => {
  const complaints = await collectComplaints(context)
  await page.goto('/')

  await page.evaluate(() => {
    const style = document.createElement('style')
    style.textContent = 'body { display: none }'
    const image = document.createElement('img')
    image.src = 'http://elsewhere.example/pixel'
    document.body.append(style, image)
  })
  const markup = page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<img src="" onerror="document.title = 1">')
  })

  await expect(markup).rejects.toThrow('TrustedHTML')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  for (const directive of ['style-src-elem', 'img-src', 'require-trusted-types-for']) {
    await expect.poll(() => complaints).toContainEqual(expect.stringContaining(directive))
  }
})

test('without the policy the same script and style run', async ({ page }) => {
  await page.route('/', async (route) => {
    const response = await route.fetch()
    const headers = { ...response.headers(), 'content-security-policy': '' }
    await route.fulfill({ response, headers })
  })
  await page.goto('/')

  await page.evaluate(() => {
    const style = document.createElement('style')
    style.textContent = 'h1 { display: none }'
    document.body.append(style)
    document.body.insertAdjacentHTML(
      'beforeend',
      '<img src="" onerror="document.body.dataset.ran = 1">',
    )
  })

  await expect(page.locator('body')).toHaveAttribute('data-ran', '1')
  await expect(page.getByRole('heading', { level: 1 })).toBeHidden()
})

test('the app’s page bears the headers that keep others out', async ({ request }) => {
  const headers = (await request.get('/notes')).headers()

  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  })
  const policy = headers['content-security-policy'] ?? ''
  expect(policy.split(/; */)).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]),
  )
  expect(policy).not.toContain('unsafe')
  expect(headers).not.toHaveProperty('access-control-allow-origin')
  expect(headers).not.toHaveProperty('x-powered-by')
})

test('the page is asked for anew each time, and its files never again', async ({ request }) => {
  const shell = await request.get('/')
  const { etag = '' } = shell.headers()
  const asset = /"(\/assets\/[^"]+\.js)"/.exec(await shell.text())?.[1] ?? ''

  const again = await request.get('/', { headers: { 'If-None-Match': etag } })

  expect(shell.headers()['cache-control']).toBe('no-cache')
  expect(etag).not.toBe('')
  expect(again.status()).toBe(304)
  expect((await request.get(asset)).headers()).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': expect.stringContaining('javascript'),
  })
})

test('a missing file is missing, whoever asks', async ({ page, request }) => {
  const missing = '/assets/index-00000000.js'

  expect((await request.get(missing)).status()).toBe(404)
  expect((await page.goto(missing))?.status()).toBe(404)
  expect((await request.get(missing)).headers()['cache-control']).not.toContain('immutable')
})

test('what is said to one user is stored by no cache', async ({ page, request }) => {
  for (const path of [routes.login, routes.callback, routes.session]) {
    const answer = await request.get(path, { maxRedirects: 0 })
    expect(answer.headers()['cache-control'], path).toBe('no-store')
  }

  // The back button after a sign-out must not show what was on the page before.
  await startSignedIn(page, 'Ada Lovelace', '/notes')
  await expect(notes(page)).toHaveCount(2)
  await signOutButton(page).click()
  await expect(page.getByRole('button', { name: 'Yes, sign out' })).toBeVisible()
  await page.goBack()
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
  await expect(notes(page)).toHaveCount(0)
})

test('the page for a failed sign-in runs no script and can’t be framed', async ({ request }) => {
  const answer = await request.get(routes.callback)

  const policy = answer.headers()['content-security-policy'] ?? ''
  expect(answer.status()).toBe(400)
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('script-src')
  expect(answer.headers()['referrer-policy']).toBe('no-referrer')
})
