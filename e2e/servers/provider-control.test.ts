import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeServer, listenOnLoopback } from './loopback-server.ts'
import { providerControl, type ProviderControl } from './provider-control.ts'
import { startProvider, type RunningProvider } from './provider.ts'
import { appUrl, introspect, refresh, scriptedBrowser, signIn } from './scripted-browser.ts'

let provider: RunningProvider
let control: ProviderControl

beforeEach(async () => {
  provider = await startProvider({ publicUrl: appUrl })
  control = providerControl(provider)
})

afterEach(() => provider.stop())

test('sets the life of the next access token', async () => {
  control.setAccessTokenSeconds(5)
  const { access_token, expires_in } = await signIn(provider)

  const { exp = 0, iat = 0 } = decodeJwt(access_token)

  expect(expires_in).toBe(5)
  expect(exp - iat).toBe(5)
})

test('counts the answers of the token endpoint, by grant and by outcome', async () => {
  const { refresh_token } = await signIn(provider)
  await refresh(provider, refresh_token)
  await refresh(provider, refresh_token)

  expect(control.tokenRequests()).toBe(3)
  expect(control.tokenRequests('authorization_code')).toBe(1)
  expect(control.tokenRequests('refresh_token')).toBe(2)
  expect(control.refusedTokenRequests()).toBe(1)
  expect(control.refusedTokenRequests('refresh_token')).toBe(1)
})

test('fails as often as told, without spending the refresh token', async () => {
  const { refresh_token } = await signIn(provider)
  const failure = { status: 503, body: { error: 'busy' }, headers: { 'Retry-After': '7' } }
  control.failTokenEndpoint({ ...failure, times: 2 })

  const answers = [
    await refresh(provider, refresh_token),
    await refresh(provider, refresh_token),
    await refresh(provider, refresh_token),
  ]

  expect(answers.map(({ status }) => status)).toEqual([503, 503, 200])
  expect(answers[0]).toMatchObject({ error: 'busy' })
  expect(control.refusedTokenRequests('refresh_token')).toBe(2)
})

test('loses an answer after the provider has done its part', async () => {
  const { refresh_token } = await signIn(provider)
  control.loseTokenAnswers(1)

  const lost = await refresh(provider, refresh_token).catch((error: unknown) => error)
  const replayed = await refresh(provider, refresh_token)

  expect(lost).toBeInstanceOf(TypeError)
  expect(replayed).toMatchObject({ status: 400, error: 'invalid_grant' })
})

test('holds answers back', async () => {
  const { refresh_token } = await signIn(provider)
  control.delayTokenEndpoint(150)

  const startedAt = performance.now()
  await refresh(provider, refresh_token)

  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(149)
})

test('remembers every token that was issued', async () => {
  const tokens = await signIn(provider)

  const issued = control.issuedTokens()

  expect(issued.map(({ kind }) => kind)).toEqual([
    'code',
    'access_token',
    'refresh_token',
    'id_token',
  ])
  for (const kind of ['access_token', 'refresh_token', 'id_token'] as const) {
    expect(issued).toContainEqual({ kind, value: tokens[kind] })
  }
})

test('ends what a person allowed, and nobody else', async () => {
  const ada = await signIn(provider)
  const grace = await signIn(provider, { user: 'grace' })

  await control.revoke({ sub: 'ada' })

  expect(await control.isActive(ada.access_token)).toBe(false)
  expect(await control.isActive(ada.refresh_token)).toBe(false)
  expect(await control.isActive(grace.access_token)).toBe(true)
  expect(await control.isActive(grace.refresh_token)).toBe(true)
  expect(await refresh(provider, ada.refresh_token)).toMatchObject({ error: 'invalid_grant' })
})

test.each(['access_token', 'refresh_token'] as const)(
  'ends the one grant of an %s',
  async (kind) => {
    const browser = scriptedBrowser()
    const first = await signIn(provider, { browser })
    const second = await signIn(provider, { browser })

    await control.revoke({ token: first[kind] })

    expect(await introspect(provider, first.access_token)).toEqual({ active: false })
    expect(await control.isActive(first.refresh_token)).toBe(false)
    expect(await control.isActive(second.refresh_token)).toBe(true)
  },
)

test('lets refresh tokens run out, while the access token goes on', async () => {
  const { access_token, refresh_token } = await signIn(provider)

  await control.expireRefreshTokens({ sub: 'ada' })

  expect(await refresh(provider, refresh_token)).toMatchObject({ error: 'invalid_grant' })
  expect(await control.isActive(access_token)).toBe(true)
})

test('takes every lever back', async () => {
  const { refresh_token } = await signIn(provider)
  control.setAccessTokenSeconds(5)
  control.failTokenEndpoint({ status: 500, times: 9 })
  control.loseTokenAnswers(9)

  control.reset()
  const answer = await refresh(provider, refresh_token)

  expect(answer).toMatchObject({ status: 200, expires_in: 60 })
  expect(control.tokenRequests()).toBe(1)
  expect(providerControl(provider)).toBe(control)
})

test('tells the app when a session ends, if it wants to know', async () => {
  const { server, tokens, url } = await logoutListener()
  const telling = await startProvider({ publicUrl: url, backchannelLogout: true })
  const browser = scriptedBrowser()
  const { id_token } = await signIn(telling, { browser })

  const question = await browser.follow(`${telling.issuer}/session/end`)
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.page)?.[1] ?? ''
  await browser.visit(`${telling.issuer}/session/end/confirm`, { xsrf, logout: 'yes' })
  await telling.stop()
  await closeServer(server)

  expect(tokens).toHaveLength(1)
  expect(decodeJwt(tokens[0] ?? '')).toMatchObject({
    iss: telling.issuer,
    aud: telling.clientId,
    sid: decodeJwt(id_token)['sid'],
  })
})

async function logoutListener(): Promise<{ server: Server; tokens: string[]; url: string }> {
  const tokens: string[] = []
  const server = createServer((request, response) => {
    const keep = (body: string) => tokens.push(new URLSearchParams(body).get('logout_token') ?? '')
    if (request.url === '/auth/backchannel-logout') void text(request).then(keep)
    request.once('end', () => response.end())
  })
  const port = await listenOnLoopback(server, 0)
  return { server, tokens, url: `http://127.0.0.1:${port}` }
}
