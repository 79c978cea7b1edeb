import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProvider, type RunningProvider } from './provider.ts'
import {
  appUrl,
  authorizationRequest,
  introspect,
  post,
  redeem,
  refresh,
  scriptedBrowser,
  signIn,
} from './scripted-browser.ts'

let provider: RunningProvider
const printed: unknown[] = []
const realConsole = { ...console }

beforeAll(async () => {
  for (const name of ['log', 'info', 'warn', 'error'] as const) {
    console[name] = (...parts: unknown[]) => void printed.push(...parts)
  }
  provider = await startProvider({ publicUrl: appUrl })
})

afterAll(async () => {
  await provider.stop()
  Object.assign(console, realConsole)
})

test('shows who can sign in, then what the app asks for, and sends the browser back', async () => {
  const browser = scriptedBrowser()
  const { url, verifier } = authorizationRequest(provider)

  const people = await browser.follow(url)
  const consent = await browser.follow(people.url.href, { user: 'grace' })
  const back = await browser.follow(consent.url.href, { answer: 'yes' })
  const tokens = await redeem(provider, back.url.searchParams.get('code') ?? '', verifier)

  expect(people.page).toContain('Grace Hopper')
  expect(consent.page).toContain('Keep you signed in')
  expect(back.url.href).toMatch(/^http:\/\/localhost:3000\/auth\/callback\?/)
  expect(back.url.searchParams.get('iss')).toBe(provider.issuer)
  expect(back.url.searchParams.get('state')).toBe('the-state')
  expect(decodeJwt(tokens.id_token)).toMatchObject({
    sub: 'grace',
    name: 'Grace Hopper',
    preferred_username: 'grace',
    email: 'grace@example.com',
    nonce: 'the-nonce',
  })
})

test('issues access tokens for the sample API that live as long as asked', async () => {
  const { access_token, expires_in } = await signIn(provider)

  expect(decodeProtectedHeader(access_token)).toMatchObject({ alg: 'RS256', typ: 'at+jwt' })
  expect(decodeJwt(access_token)).toMatchObject({
    sub: 'ada',
    scope: 'notes',
    aud: provider.apiAudience,
    client_id: provider.clientId,
  })
  expect(expires_in).toBe(60)
})

test('tells the app when somebody cancels or denies', async () => {
  const browser = scriptedBrowser()
  const people = await browser.follow(authorizationRequest(provider).url)
  const cancelled = await browser.follow(people.url.href, { answer: 'no' })

  const again = await browser.follow(authorizationRequest(provider).url)
  const consent = await browser.follow(again.url.href, { user: 'ada' })
  const denied = await browser.follow(consent.url.href, { answer: 'no' })

  for (const { url } of [cancelled, denied]) {
    expect(url.origin).toBe(appUrl)
    expect(url.searchParams.get('error')).toBe('access_denied')
    expect(url.searchParams.get('state')).toBe('the-state')
  }
})

test('asks nothing twice in one session, unless the app says prompt=login', async () => {
  const browser = scriptedBrowser()
  await signIn(provider, { browser })

  const silent = await browser.follow(authorizationRequest(provider, { prompt: 'none' }).url)
  const fresh = await browser.follow(authorizationRequest(provider, { prompt: 'login' }).url)

  expect(silent.url.searchParams.get('code')).toBeTruthy()
  expect(fresh.page).toContain('Signed in here now')
})

test('asks for consent again when the app says so, and then grants offline access', async () => {
  const browser = scriptedBrowser()
  await signIn(provider, { browser })
  const { url, verifier } = authorizationRequest(provider, { prompt: 'consent' })

  const consent = await browser.follow(url)
  const back = await browser.follow(consent.url.href, { answer: 'yes' })
  const tokens = await redeem(provider, back.url.searchParams.get('code') ?? '', verifier)

  expect(consent.page).toContain('Allow Strongroom demo?')
  expect(await introspect(provider, tokens.refresh_token)).toMatchObject({
    active: true,
    scope: 'openid profile email offline_access notes',
  })
})

test('lists first whom the app hints at', async () => {
  const parameters = { login_hint: 'Alan@example.com' }

  const { page } = await scriptedBrowser().follow(authorizationRequest(provider, parameters).url)

  expect(page.indexOf('Alan Turing')).toBeLessThan(page.indexOf('Ada Lovelace'))
  expect(page).toContain('Suggested by the app')
})

test('wants PKCE', async () => {
  const parameters = { code_challenge: '', code_challenge_method: '' }

  const { url } = await scriptedBrowser().follow(authorizationRequest(provider, parameters).url)

  expect(url.searchParams.get('error')).toBe('invalid_request')
})

test('replaces the refresh token at every use, and ends the grant when one is used twice', async () => {
  const first = await signIn(provider)

  const second = await refresh(provider, first.refresh_token)
  const replayed = await refresh(provider, first.refresh_token)
  const afterwards = await refresh(provider, second.refresh_token)

  expect(second.refresh_token).not.toBe(first.refresh_token)
  expect(replayed).toMatchObject({ status: 400, error: 'invalid_grant' })
  expect(afterwards).toMatchObject({ status: 400, error: 'invalid_grant' })
  expect(await introspect(provider, second.access_token)).toEqual({ active: false })
})

test('gives every sign-in of a session a grant of its own', async () => {
  const browser = scriptedBrowser()
  const first = await signIn(provider, { browser })
  const second = await signIn(provider, { browser })

  await post(provider, '/token/revocation', { token: first.refresh_token })

  expect(await refresh(provider, first.refresh_token)).toMatchObject({ error: 'invalid_grant' })
  expect(await refresh(provider, second.refresh_token)).toMatchObject({ status: 200 })
})

test('introspects both tokens', async () => {
  const { access_token, refresh_token } = await signIn(provider)

  expect(await introspect(provider, access_token)).toMatchObject({
    active: true,
    sub: 'ada',
    scope: 'notes',
    token_type: 'Bearer',
  })
  expect(await introspect(provider, refresh_token)).toMatchObject({ active: true, sub: 'ada' })
})

test('revokes the access token alone', async () => {
  const { access_token, refresh_token } = await signIn(provider)

  const answer = await post(provider, '/token/revocation', { token: access_token })

  expect(answer.status).toBe(200)
  expect(await answer.text()).toBe('')
  expect(await introspect(provider, access_token)).toEqual({ active: false })
  expect(await introspect(provider, refresh_token)).toMatchObject({ active: true })
})

test('revokes the access token together with the refresh token', async () => {
  const { access_token, refresh_token } = await signIn(provider)

  await post(provider, '/token/revocation', { token: refresh_token })

  expect(await introspect(provider, access_token)).toEqual({ active: false })
  expect(await introspect(provider, refresh_token)).toEqual({ active: false })
})

test('takes no revocation or introspection from a stranger', async () => {
  const { access_token } = await signIn(provider)
  const stranger = { token: access_token, client_secret: 'guessed' }

  const revocation = await post(provider, '/token/revocation', stranger)
  const introspection = await post(provider, '/token/introspection', stranger)

  expect(revocation.status).toBe(401)
  expect(introspection.status).toBe(401)
  expect(await introspect(provider, access_token)).toMatchObject({ active: true })
})

test('knows nothing of a JWT that it did not issue as an access token', async () => {
  const { id_token } = await signIn(provider)
  const forged = `${id_token.slice(0, -8)}AAAAAAAA`

  const revocation = await post(provider, '/token/revocation', { token: id_token })

  expect(await introspect(provider, id_token)).toEqual({ active: false })
  expect(await introspect(provider, forged)).toEqual({ active: false })
  expect(await revocation.json()).toMatchObject({ error: 'unsupported_token_type' })
})

test('signs out by way of its own page and sends the browser to the app', async () => {
  const browser = scriptedBrowser()
  const { id_token } = await signIn(provider, { browser })
  const query = new URLSearchParams({
    id_token_hint: id_token,
    post_logout_redirect_uri: `${appUrl}/`,
    state: 'bye',
  })

  const question = await browser.follow(`${provider.issuer}/session/end?${query.toString()}`)
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.page)?.[1] ?? ''
  const confirm = `${provider.issuer}/session/end/confirm`
  const back = await browser.follow(confirm, { xsrf, logout: 'yes' })
  const next = await browser.follow(authorizationRequest(provider).url)

  expect(question.page).toContain('Yes, sign out')
  expect(back.url.href).toBe(`${appUrl}/?state=bye`)
  expect(next.page).toContain('Choose who you are')
})

test('keeps sessions, tokens and keys while its port is closed', async () => {
  const browser = scriptedBrowser()
  const { access_token, refresh_token } = await signIn(provider, { browser })

  await provider.stop()
  const whileDown = await fetch(provider.issuer).catch((error: unknown) => error)
  await provider.start()

  expect(whileDown).toBeInstanceOf(TypeError)
  expect(await introspect(provider, access_token)).toMatchObject({ active: true })
  expect(await refresh(provider, refresh_token)).toMatchObject({ status: 200 })
  const silent = await browser.follow(authorizationRequest(provider, { prompt: 'none' }).url)
  expect(silent.url.searchParams.get('code')).toBeTruthy()
})

test('runs no script on its pages and escapes what it is handed', async () => {
  const browser = scriptedBrowser()
  const people = await browser.visit(authorizationRequest(provider).url)
  const page = await browser.visit(
    new URL(people.headers.get('location') ?? '', provider.issuer).href,
  )
  const script = '<script>alert(1)</script>'
  const wrong = authorizationRequest(provider, {
    redirect_uri: `http://elsewhere.example/${script}`,
  })
  const refused = await scriptedBrowser().follow(wrong.url)

  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' ${appUrl}`)
  expect(refused.page).toContain('That didn’t work')
  expect(refused.page).not.toContain('<script')
})

test('says so when a step of the sign-in has expired', async () => {
  const stop = await scriptedBrowser().follow(`${provider.issuer}/interaction/nothing-here`)

  expect(stop.status).toBe(400)
  expect(stop.page).toContain('has expired')
})

test('has printed nothing through all of this', () => {
  expect(printed).toEqual([])
})
