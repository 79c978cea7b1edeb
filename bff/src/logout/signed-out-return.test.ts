import { expect, test } from 'vitest'
import { issuer, publicUrl, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

/** Signs out by script and answers the URL at the provider that the browser is told to go to. */
async function endSessionUrl({ browser }: TestBff, query = ''): Promise<URL> {
  const answer = await browser.fetch(`/auth/logout${query}`, { method: 'POST' })
  const { location } = (await answer.json()) as { readonly location: string }
  return new URL(location, publicUrl)
}

/** What a browser that comes from the provider is answered. */
async function arrive({ browser }: TestBff, state: string) {
  const { response } = await browser.navigate(`/?${new URLSearchParams({ state }).toString()}`, {
    until: /./,
  })
  return response
}

async function signOut(world: TestBff, query = ''): Promise<string> {
  return (await endSessionUrl(world, query)).searchParams.get('state') ?? ''
}

test('oidcc-client-test-rp-init-logout: the browser goes to the provider with all that it needs, and comes back to the app', async () => {
  const world = await signedInTestBff()

  const url = await endSessionUrl(world)
  const back = await arrive(world, url.searchParams.get('state') ?? '')

  expect(`${url.origin}${url.pathname}`).toBe(`${issuer}/end-session`)
  expect(url.searchParams.get('client_id')).toBe('app')
  expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${publicUrl}/`)
  expect(url.searchParams.get('id_token_hint')).toBeNull()
  expect(back.status).toBe(303)
  expect(back.headers.get('Location')).toBe('/')
  expect(back.headers.get('Cache-Control')).toBe('no-store')
  expect(world.eventsNamed('sign-out-answer-unknown')).toEqual([])
})

test('each sign-out has a state of its own, and no path can be read from it', async () => {
  const first = await signOut(await signedInTestBff(), '?return_to=/goodbye')
  const second = await signOut(await signedInTestBff(), '?return_to=/goodbye')

  expect(first).not.toBe(second)
  expect(Buffer.from(first, 'base64url').toString()).not.toContain('goodbye')
})

test('the way ends where the sign-out was to end', async () => {
  const world = await signedInTestBff()

  const back = await arrive(world, await signOut(world, '?return_to=/goodbye?from=app'))

  expect(back.headers.get('Location')).toBe('/goodbye?from=app')
})

test('a form says in a field where it is to end', async () => {
  const world = await signedInTestBff()

  const answer = await world.browser.fetch('/auth/logout', {
    method: 'POST',
    headers: {
      'X-CSRF': '',
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
      Origin: publicUrl,
    },
    body: 'return_to=/goodbye',
  })
  const state = new URL(answer.headers.get('Location') ?? '').searchParams.get('state') ?? ''
  const back = await arrive(world, state)

  expect(back.headers.get('Location')).toBe('/goodbye')
})

test.for(['//evil.example', '/\\evil.example', 'https://evil.example', '/auth/logout'])(
  'a sign-out never ends at %s',
  async (returnTo) => {
    const world = await signedInTestBff()
    const query = `?${new URLSearchParams({ return_to: returnTo }).toString()}`

    const back = await arrive(world, await signOut(world, query))

    expect(back.headers.get('Location')).toBe('/')
  },
)

test('where there is nothing to end at the provider, the way ends at once', async () => {
  const world = await testBff()

  const url = await endSessionUrl(world, '?return_to=/goodbye')

  expect(url.pathname).toBe('/goodbye')
})

test('a path that would make the URL too long is left out', async () => {
  const world = await signedInTestBff()

  const url = await endSessionUrl(world, `?return_to=/${'x'.repeat(1900)}`)
  const back = await arrive(world, url.searchParams.get('state') ?? '')

  expect(url.href.length).toBeLessThan(2000)
  expect(back.headers.get('Location')).toBe('/')
})

const foreignStates: readonly [string, (state: string) => string][] = [
  ['one that nobody sealed', () => 'signed-out.x'],
  ['an empty one', () => 'signed-out.'],
  ['one that was changed', (state) => `${state.slice(0, -2)}AA`],
  ['one that was cut off', (state) => state.slice(0, 40)],
]

test.for(foreignStates)(
  'oidcc-client-test-rp-init-logout-other-state: %s leads to the app’s home, and is noted',
  async ([, change]) => {
    const world = await signedInTestBff()
    const state = change(await signOut(world, '?return_to=/goodbye'))

    const back = await arrive(world, state)

    expect(back.status).toBe(303)
    expect(back.headers.get('Location')).toBe('/')
    expect(back.headers.get('Cache-Control')).toBe('no-store')
    expect(world.eventsNamed('sign-out-answer-unknown')).toHaveLength(1)
    expect(JSON.stringify(world.events)).not.toContain(state)
  },
)

test('oidcc-client-test-rp-init-logout-other-state: one that another deployment sealed opens nothing here', async () => {
  const other = await signedInTestBff({
    session: { secrets: ['another deployment has another secret than we'] },
  })
  const world = await signedInTestBff()

  const back = await arrive(world, await signOut(other, '?return_to=/goodbye'))

  expect(back.headers.get('Location')).toBe('/')
  expect(world.eventsNamed('sign-out-answer-unknown')).toHaveLength(1)
})

test('oidcc-client-test-rp-init-logout-no-state: without one the app answers as ever', async () => {
  const world = await testBff()

  const { response } = await world.browser.navigate('/')

  expect(response.status).toBe(404)
  expect(world.eventsNamed('sign-out-answer-unknown')).toEqual([])
})

test('a state counts for ten minutes', async () => {
  const world = await signedInTestBff()
  const state = await signOut(world, '?return_to=/goodbye')

  world.clock.advance(599)
  const inTime = await arrive(world, state)
  world.clock.advance(1)
  const late = await arrive(world, state)

  expect(inTime.headers.get('Location')).toBe('/goodbye')
  expect(late.headers.get('Location')).toBe('/')
})

test('a state of the app’s own is the app’s business', async () => {
  const world = await testBff()

  const back = await arrive(world, 'a-state-of-the-app')

  expect(back.status).toBe(404)
  expect(world.eventsNamed('sign-out-answer-unknown')).toEqual([])
})
