import { problemMediaType, routes } from '@strongroom/client'
import { attackPage } from '../support/attack-page.ts'
import { sessionCookieName } from '../support/cookies.ts'
import { expect, test } from '../support/fixtures.ts'
import { notes } from '../support/notebook.ts'
import { bareCallFromPage } from '../support/page-calls.ts'
import { startPageServer } from '../support/page-server.ts'
import { expectSignedIn, startSignedIn } from '../support/sign-in.ts'

for (const { from, brings, where } of [
  { from: 'another site', brings: false, where: 'otherSite' },
  { from: 'another origin of the same site', brings: true, where: 'sameSite' },
] as const) {
  test(`a page of ${from} can do nothing in the user’s name`, async ({ context, page, world }) => {
    await startSignedIn(page, 'Ada Lovelace', '/notes')
    const attacker = await startPageServer(attackPage(world.publicUrl))
    const attack = await context.newPage()
    const answers: string[] = []
    attack.on('response', (response) => {
      if (new URL(response.url()).origin === world.publicUrl && response.ok()) {
        answers.push(`${response.status()} ${response.url()}`)
      }
    })
    const planting = attack
      .waitForRequest(
        (request) => request.isNavigationRequest() && request.url().endsWith('/api/notes'),
      )
      // At once: of a frame whose page has been left they may never come.
      .then((request) => request.allHeaders())

    await attack.goto(attacker[where])
    await expect(attack.getByRole('heading')).toHaveText('No loot')
    await attack.getByRole('button', { name: 'Win a prize' }).click()
    await expect(attack).toHaveURL(`${world.publicUrl}${routes.logout}`)
    await attacker.stop()

    // The cookie of the same site does come along, so that only the guard stands in the way.
    const { cookie = '' } = await planting
    expect(cookie.includes(sessionCookieName)).toBe(brings)
    expect(answers).toEqual([])
    await page.reload()
    await expectSignedIn(page)
    await expect(notes(page)).toHaveCount(2)
    for (const { kind, value } of world.provider.issuedTokens()) {
      if (/access|refresh/.test(kind)) expect(await world.provider.isActive(value), kind).toBe(true)
    }
  })
}

test('the app’s own page gets nowhere without the header either', async ({ page }) => {
  await startSignedIn(page)

  const answers = [
    await bareCallFromPage(page, routes.session),
    await bareCallFromPage(page, '/api/notes'),
    await bareCallFromPage(page, '/api/notes', { method: 'POST', body: '{"text":"no header"}' }),
    await bareCallFromPage(page, routes.logout, { method: 'POST' }),
  ]

  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 403, contentType: problemMediaType })
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'csrf' })
  }
  await page.reload()
  await expectSignedIn(page)
})

function framing(publicUrl: string) {
  return startPageServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' })
    response.end(`<!doctype html><iframe title="App" src="${publicUrl}/"></iframe>`)
  })
}

test('without its headers any page puts the app into a frame', async ({ page, world }) => {
  const stranger = await framing(world.publicUrl)
  await page.route(`${world.publicUrl}/`, async (route) => {
    const response = await route.fetch()
    const headers = { 'content-type': response.headers()['content-type'] ?? '' }
    await route.fulfill({ response, headers })
  })

  await page.goto(stranger.sameSite)

  await expect(page.frameLocator('iframe').getByRole('banner')).toBeVisible()
  await stranger.stop()
})

test('no page can put the app into a frame', async ({ page, world }) => {
  const stranger = await framing(world.publicUrl)

  await page.goto(stranger.sameSite)
  const frame = page.frameLocator('iframe')

  await expect(frame.locator('body')).not.toBeEmpty()
  await expect(frame.getByRole('banner')).toHaveCount(0)
  await stranger.stop()
})
