import { expect, test } from 'vitest'
import { issuer, publicUrl, signedInTestBff, testBff } from '../testing/test-bff.ts'

const signOut = { method: 'POST' } as const

test('ends the session, revokes both tokens, and says where the provider’s own session ends', async () => {
  const { browser, provider } = await signedInTestBff()

  const answer = await browser.fetch('/auth/logout', signOut)
  const session = await browser.fetch('/auth/session')

  expect(answer.status).toBe(200)
  const body: unknown = await answer.json()
  expect(body).toMatchObject({
    location: expect.stringContaining(`${issuer}/end-session?`) as string,
    receipt: {
      session: 'ended',
      refreshToken: 'revoked',
      accessToken: 'revoked',
      providerSession: 'continue-at-location',
    },
  })
  expect(provider.revocations.map((token) => token.split('-')[0])).toEqual(['refresh', 'access'])
  expect(browser.cookies().size).toBe(0)
  expect(await session.json()).toEqual({ authenticated: false })
})

test('puts no token into what script can read', async () => {
  const { browser, provider } = await signedInTestBff()

  const text = await (await browser.fetch('/auth/logout', signOut)).text()

  expect(provider.issued.filter((secret) => text.includes(secret))).toEqual([])
  expect(text).not.toContain('id_token_hint')
})

test('sends a form of our own page to the provider with the hint', async () => {
  const { browser } = await signedInTestBff()

  const answer = await browser.fetch('/auth/logout', {
    method: 'POST',
    headers: {
      'X-CSRF': '',
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Mode': 'navigate',
      Origin: publicUrl,
    },
  })

  const location = new URL(answer.headers.get('Location') ?? '')
  expect(answer.status).toBe(303)
  expect(location.searchParams.get('id_token_hint')).toMatch(/^eyJ/)
  expect(location.searchParams.get('post_logout_redirect_uri')).toBe(`${publicUrl}/`)
})

test('takes no form from another site', async () => {
  const { browser } = await signedInTestBff()

  const answer = await browser.fetch('/auth/logout', {
    method: 'POST',
    headers: {
      'X-CSRF': '',
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'same-site',
      Origin: 'https://evil.example.com',
    },
  })
  const session = await browser.fetch('/auth/session')

  expect(answer.status).toBe(403)
  expect(await session.json()).toMatchObject({ authenticated: true })
})

test('takes no body for a form whose type only begins like a form’s', async () => {
  const { browser } = await signedInTestBff()

  const answer = await browser.fetch('/auth/logout', {
    method: 'POST',
    headers: {
      'X-CSRF': '',
      'Content-Type': 'application/x-www-form-urlencoded-not',
      'Sec-Fetch-Site': 'same-origin',
    },
  })

  expect(answer.status).toBe(403)
})

test('kills every copy of the cookie', async () => {
  const { browser, apiCalls } = await signedInTestBff()
  const copied = browser.cookies()
  await browser.fetch('/auth/logout', signOut)

  const thief = browser.with(copied)
  const call = await thief.fetch('/api/notes')
  const session = await thief.fetch('/auth/session')

  expect(call.status).toBe(401)
  expect(await call.json()).toMatchObject({ code: 'session_ended' })
  expect(await session.json()).toEqual({ authenticated: false })
  expect(apiCalls).toHaveLength(0)
})

test('is not undone by an answer that was on its way', async () => {
  const world = await signedInTestBff({ accessTokenSeconds: 300 })
  const gate = Promise.withResolvers<Response>()
  world.api = () => gate.promise
  world.clock.advance(200)
  const underWay = world.browser.fetch('/api/notes')
  await expect.poll(() => world.apiCalls.length).toBe(1)

  await world.browser.fetch('/auth/logout', signOut)
  gate.resolve(Response.json({ ok: true }))
  await underWay

  expect(world.browser.cookies().size).toBe(0)
})

test('revokes what a refresh brings that was under way', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  const gate = Promise.withResolvers<void>()
  clock.advance(61)
  provider.tokenAnswer = async () => {
    await gate.promise
    return Response.json({
      access_token: 'late-access',
      refresh_token: 'late-refresh',
      token_type: 'Bearer',
      expires_in: 60,
    })
  }
  const underWay = browser.fetch('/api/notes')
  await expect.poll(() => provider.tokenRequests('refresh_token')).toBe(1)

  await browser.fetch('/auth/logout', signOut)
  gate.resolve()
  const answer = await underWay

  expect(answer.status).toBe(401)
  expect(provider.revocations).toEqual(expect.arrayContaining(['late-refresh', 'late-access']))
})

test('revokes the newest tokens, whichever cookie asks', async () => {
  const { browser, provider, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  const old = browser.cookies()
  clock.advance(61)
  await browser.fetch('/api/notes')

  await browser.with(old).fetch('/auth/logout', signOut)

  expect(provider.issued.filter((token) => provider.isActive(token))).toEqual([])
})

test('ends the session here while the provider is down, and says what could not be done yet', async () => {
  const { browser, internet, clock } = await signedInTestBff({ accessTokenSeconds: 60 })
  const copied = browser.cookies()
  internet.unplug(issuer)

  const answer = await browser.fetch('/auth/logout', signOut)
  const call = await browser.with(copied).fetch('/api/notes')

  expect(await answer.json()).toMatchObject({
    receipt: {
      session: 'ended',
      refreshToken: 'queued',
      accessToken: 'queued',
      accessTokenExpiresAt: clock.now() + 60,
    },
  })
  expect(call.status).toBe(401)
})

test('a provider without revocation and end-session endpoint is normal', async () => {
  const world = await testBff()
  world.provider.metadata = { revocation_endpoint: undefined, end_session_endpoint: undefined }
  await world.browser.navigate('/auth/login')

  const answer = await world.browser.fetch('/auth/logout', signOut)

  expect(await answer.json()).toMatchObject({
    location: '/',
    receipt: {
      refreshToken: 'unsupported',
      accessToken: 'unsupported',
      providerSession: 'unsupported',
    },
  })
})

test('signing out twice is no error', async () => {
  const { browser } = await signedInTestBff()
  await browser.fetch('/auth/logout', signOut)

  const again = await browser.fetch('/auth/logout', signOut)

  expect(again.status).toBe(200)
  expect(await again.json()).toMatchObject({ location: '/', receipt: { session: 'none' } })
})

test('a new sign-in does not bring the old session back', async () => {
  const { browser } = await signedInTestBff()
  const copied = browser.cookies()
  await browser.fetch('/auth/logout', signOut)

  await browser.navigate('/auth/login')
  const call = await browser.with(copied).fetch('/api/notes')

  expect(call.status).toBe(401)
})

test('signing out of a session that idled out still revokes its tokens and leads to the provider', async () => {
  const { browser, clock, provider } = await signedInTestBff({ accessTokenSeconds: 36_000 })
  clock.advance(1801)

  const answer = await browser.fetch('/auth/logout', signOut)

  expect(await answer.json()).toMatchObject({
    location: expect.stringContaining('/end-session') as string,
    receipt: { session: 'none', refreshToken: 'revoked' },
  })
  expect(provider.issued.filter((token) => provider.isActive(token))).toEqual([])
})

test('what the browser has cached is cleared by an answer that nobody waits for', async () => {
  const { browser } = await signedInTestBff()

  const first = await browser.fetch('/auth/logout', signOut)
  const again = await browser.fetch('/auth/logout', signOut)

  expect(first.headers.get('Clear-Site-Data')).toBeNull()
  expect(again.headers.get('Clear-Site-Data')).toBe('"cache"')
})
