import { ownerHeader, type SignedInView } from '@strongroom/client'
import { expect, test } from 'vitest'
import type { Browser } from '../testing/browser.ts'
import { digest, freshStore } from '../testing/grant-world.ts'
import { apiUrl, signedInTestBff } from '../testing/test-bff.ts'

async function ownerOf(browser: Browser): Promise<string> {
  const view = (await (await browser.fetch('/auth/session')).json()) as SignedInView
  return view.session.owner
}

const calls = [
  ['POST', '/api/notes'],
  ['GET', '/api/notes'],
  ['GET', '/auth/sessions'],
  ['DELETE', '/auth/sessions'],
  ['POST', '/auth/session'],
  ['GET', '/auth/events'],
  ['GET', '/auth/grants'],
  ['DELETE', '/auth/grants/digest'],
  ['POST', '/auth/grants/digest/run'],
] as const

const whileAway = {
  grants: { digest },
  jobs: [{ name: 'nightly-digest', grant: 'digest', run: () => {} }],
  jobRunner: { where: 'elsewhere' },
} as const

test.for(calls)(
  'a page that was drawn for one user does nothing in another’s name: %s %s',
  async ([method, path]) => {
    const world = await signedInTestBff({ store: freshStore(), ...whileAway })
    const { apiCalls, browser, provider } = world
    const headers = { [ownerHeader]: await ownerOf(browser) }
    provider.sub = 'grace'
    await browser.navigate('/auth/login')

    const answer = await browser.fetch(path, { method, headers })

    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ code: 'session_ended', login: '/auth/login' })
    expect(apiCalls).toHaveLength(0)
    expect(await ownerOf(browser)).not.toBe(headers[ownerHeader])
  },
)

test('the same user who has signed in again is still the one', async () => {
  const { browser } = await signedInTestBff()
  const headers = { [ownerHeader]: await ownerOf(browser) }
  await browser.navigate('/auth/login')

  const answer = await browser.fetch('/api/notes', { headers })

  expect(answer.status).toBe(200)
})

test('the API does not hear for whom a page was drawn', async () => {
  const upstreams = [{ prefix: '/api', target: `${apiUrl}/v1`, token: 'none' }] as const
  const { apiCalls, browser } = await signedInTestBff({ upstreams })
  const headers = { [ownerHeader]: await ownerOf(browser) }

  await browser.fetch('/api/notes', { headers })

  expect(apiCalls[0]?.headers.has(ownerHeader)).toBe(false)
})

test('the name of the owner tells nothing of who that is', async () => {
  const { browser, provider } = await signedInTestBff()

  const owner = await ownerOf(browser)

  expect(owner).toMatch(/^[\w-]{22}$/)
  expect(owner).not.toContain(provider.sub)
})
