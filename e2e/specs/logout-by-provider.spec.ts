import { routes } from '@strongroom/client'
import type { Page } from '@playwright/test'
import { expect, test } from '../support/fixtures.ts'
import { callFromPage, sessionSeenBy } from '../support/page-calls.ts'
import { startPageServer } from '../support/page-server.ts'
import { expectSignedIn, startSignedIn } from '../support/sign-in.ts'
import type { World } from '../support/world.ts'

test('signing out at the provider ends the sessions of both browsers that came from it', async ({
  context,
  otherContext,
  page,
  world,
}) => {
  await startSignedIn(page)
  const atProvider = await context.cookies(world.provider.issuer)
  await otherContext.addCookies(atProvider)
  const otherPage = await otherContext.newPage()
  await otherPage.goto('/')
  await otherPage.getByRole('link', { name: 'Sign in' }).click()
  await expectSignedIn(otherPage)

  const tab = await context.newPage()
  await tab.goto(`${world.provider.issuer}/session/end`)
  await tab.getByRole('button', { name: 'Yes, sign out' }).click()

  for (const one of [page, otherPage]) {
    await expect.poll(() => sessionSeenBy(one)).toBeNull()
    expect(JSON.parse((await callFromPage(one, '/api/notes')).text)).toMatchObject({
      code: 'session_ended',
    })
  }
})

test('an iframe on a page of the provider ends the session', async ({ context, page, world }) => {
  await startSignedIn(page)
  const tab = await context.newPage()
  // What stands in for the provider's page comes from nowhere, and from there a browser lets nobody reach this machine.
  await context.grantPermissions(['local-network-access'])
  await tab.route(`${world.provider.issuer}/frames`, (route) =>
    route.fulfill({ contentType: 'text/html', body: frameOf(world) }),
  )
  const complaints = complaintsOf(tab)

  await tab.goto(`${world.provider.issuer}/frames`)

  await expect.poll(() => sessionSeenBy(page)).toBeNull()
  expect(complaints).toEqual([])
})

test('another site’s page can’t show that iframe', async ({ context, world }) => {
  const stranger = await startPageServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(frameOf(world, 'a-guess'))
  })
  const tab = await context.newPage()
  const complaints = complaintsOf(tab)

  await tab.goto(stranger.sameSite)

  await expect.poll(() => complaints.join()).toContain('frame-ancestors')
  await stranger.stop()
})

function frameOf(world: World, sid = providerSid(world)): string {
  const query = new URLSearchParams({ iss: world.provider.issuer, sid }).toString()
  return `<iframe src="${world.publicUrl}${routes.frontchannelLogout}?${query.replace('&', '&amp;')}"></iframe>`
}

/** The provider's name for its session, as the ID token has it. */
function providerSid(world: World): string {
  const idToken = world.provider.issuedTokens().findLast(({ kind }) => kind === 'id_token')
  const [, claims = ''] = idToken?.value.split('.') ?? []
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly sid: string }).sid
}

function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return complaints
}
