import { createServer } from 'node:http'
import { SignJWT, exportJWK, generateKeyPair, type JWTPayload } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeServer, listenOnLoopback } from './loopback-server.ts'
import { startProvider, type RunningProvider } from './provider.ts'
import { startSampleApi, type RunningSampleApi } from './sample-api.ts'
import { appUrl, scriptedBrowser, signIn } from './scripted-browser.ts'

let provider: RunningProvider
let api: RunningSampleApi

beforeAll(async () => {
  provider = await startProvider({ publicUrl: appUrl })
  api = await startSampleApi({ issuer: provider.issuer, audience: provider.apiAudience })
})

afterAll(async () => {
  await api.stop()
  await provider.stop()
})

function call(path: string, token?: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  if (token) headers.set('Authorization', `Bearer ${token}`)
  return fetch(`${api.url}${path}`, { ...init, headers })
}

function send(path: string, token: string, method: string, body: unknown): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return call(path, token, { method, headers, body: JSON.stringify(body) })
}

test('keeps the notes of each person apart', async () => {
  const ada = (await signIn(provider)).access_token
  const grace = (await signIn(provider, { user: 'grace' })).access_token

  const added = await send('/notes', ada, 'POST', { text: '  Engine  ' })
  const note = await added.json()
  const changed = await send(`/notes/${note.id}`, ada, 'PATCH', { text: 'Analytical engine' })
  const foreign = await send(`/notes/${note.id}`, grace, 'PUT', { text: 'Compiler' })
  const adasNotes = await (await call('/notes', ada)).json()
  const gracesNotes = await (await call('/notes', grace)).json()

  expect(added.status).toBe(201)
  expect(note).toMatchObject({ text: 'Engine', createdAt: expect.stringMatching(/Z$/) })
  expect(changed.status).toBe(200)
  expect(foreign.status).toBe(404)
  expect(adasNotes).toHaveLength(3)
  expect(adasNotes[2].text).toBe('Analytical engine')
  expect(gracesNotes).toHaveLength(2)
})

test('removes a note once', async () => {
  const { access_token } = await signIn(provider, { user: 'alan' })
  const [note] = await (await call('/notes', access_token)).json()

  const removed = await call(`/notes/${note.id}`, access_token, { method: 'DELETE' })
  const again = await call(`/notes/${note.id}`, access_token, { method: 'DELETE' })

  expect(removed.status).toBe(204)
  expect(again.status).toBe(404)
})

test.each([
  [{ text: '' }, 'text must not be empty'],
  [{ text: 'x'.repeat(2001) }, 'text must not be longer than 2000 characters'],
  [{ text: 7 }, 'text must be a string'],
  [{}, 'text must be a string'],
  ['{', 'text'],
])('refuses the note %o', async (body, reason) => {
  const { access_token } = await signIn(provider)

  const answer = await send('/notes', access_token, 'POST', body)

  expect(answer.status).toBe(400)
  expect((await answer.json()).message).toContain(reason === 'text' ? 'expected object' : reason)
})

test('takes an important note only from somebody who has just signed in', async () => {
  const browser = scriptedBrowser()
  const fresh = (await signIn(provider, { browser })).access_token
  for (const { payload } of provider.inner.store.records('Session'))
    payload.loginTs = (payload.loginTs ?? 0) - 3600
  const stale = (await signIn(provider, { browser })).access_token
  const note = { text: 'Engine', important: true }

  const taken = await send('/notes', fresh, 'POST', note)
  const refused = await send('/notes', stale, 'POST', note)

  expect(taken.status).toBe(201)
  expect(await taken.json()).toMatchObject(note)
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toContain(
    'error="insufficient_user_authentication", max_age="300"',
  )
})

test('says what it wants when there is no token', async () => {
  const answer = await call('/notes')

  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="sample-api"')
})

test('refuses a token that is not a valid one of its provider', async () => {
  const { inner, issuer, apiAudience } = provider
  const { access_token, id_token } = await signIn(provider)
  const [header, payload] = access_token.split('.')
  const stranger = await generateKeyPair('RS256')
  const alike = new SignJWT({ scope: 'notes' })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(apiAudience)
    .setSubject('ada')
    .setExpirationTime('1m')
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
  inner.settings.accessTokenSeconds = 1
  const short = (await signIn(provider)).access_token
  inner.settings.accessTokenSeconds = 60
  await expect.poll(async () => (await call('/notes', short)).status, { timeout: 3000 }).toBe(401)

  const wrong = {
    'made by a stranger': await alike.sign(stranger.privateKey),
    unsigned: `${none}.${payload}.`,
    'with another header': `${none}.${payload}.${access_token.split('.')[2]}`,
    'cut off': `${header}.${payload}`,
    'an ID token': id_token,
    expired: short,
    'no token at all': 'hello',
  }

  for (const [what, token] of Object.entries(wrong)) {
    const answer = await call('/notes', token)
    expect(answer.status, what).toBe(401)
    expect(answer.headers.get('www-authenticate'), what).toContain('error="invalid_token"')
  }
})

test('refuses a token meant for another API, or from another provider', async () => {
  const { access_token } = await signIn(provider)
  const elsewhere = await startProvider({ publicUrl: appUrl })
  const foreign = (await signIn(elsewhere)).access_token
  const otherApi = await startSampleApi({ issuer: provider.issuer, audience: 'urn:other' })

  const headers = { Authorization: `Bearer ${access_token}` }
  const atOtherApi = await fetch(`${otherApi.url}/notes`, { headers })
  const fromElsewhere = await call('/notes', foreign)
  await Promise.all([elsewhere.stop(), otherApi.stop()])

  expect(atOtherApi.status).toBe(401)
  expect((await atOtherApi.json()).message).toContain('aud')
  expect(fromElsewhere.status).toBe(401)
})

test('looks at every claim, though the signature is right', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'own' }]
  const server = createServer((request, response) => {
    const metadata = { issuer, jwks_uri: `${issuer}/keys` }
    response.end(JSON.stringify(request.url === '/keys' ? { keys } : metadata))
  })
  const issuer = `http://127.0.0.1:${await listenOnLoopback(server, 0)}`
  const own = await startSampleApi({ issuer, audience: 'urn:own' })
  const now = Math.floor(Date.now() / 1000)
  const good = { iss: issuer, aud: 'urn:own', sub: 'ada', scope: 'notes', exp: now + 60 }

  async function statusFor(claims: JWTPayload, typ = 'at+jwt'): Promise<number> {
    const header = { alg: 'RS256', kid: 'own', typ }
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
    const headers = { Authorization: `Bearer ${token}` }
    return (await fetch(`${own.url}/notes`, { headers })).status
  }

  const { exp, sub, ...rest } = good
  const statuses = {
    good: await statusFor(good),
    'of another issuer': await statusFor({ ...good, iss: 'http://127.0.0.1:1' }),
    'for another API': await statusFor({ ...good, aud: 'urn:other' }),
    'of another type': await statusFor(good, 'JWT'),
    'for nobody': await statusFor({ ...rest, exp }),
    'for ever': await statusFor({ ...rest, sub }),
    'for too long ago': await statusFor({ ...good, exp: now - 1 }),
  }
  await Promise.all([own.stop(), closeServer(server)])

  expect(statuses).toEqual({
    good: 200,
    'of another issuer': 401,
    'for another API': 401,
    'of another type': 401,
    'for nobody': 401,
    'for ever': 401,
    'for too long ago': 401,
  })
})

test('refuses a token without the scope', async () => {
  const parameters = { scope: 'openid' }
  const { access_token } = await signIn(provider, { parameters })

  const answer = await call('/notes', access_token)

  expect(answer.status).toBe(403)
  expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
})

test('tells what it saw of a request, but never the token', async () => {
  const { access_token } = await signIn(provider)

  const headers = { 'X-Copy': access_token, 'X-Tell': '1' }
  const answer = await call(`/whoami?x=${access_token}`, access_token, { headers })
  const text = await answer.text()
  const told = decodeURIComponent(answer.headers.get('X-Told') ?? '')

  expect(JSON.parse(text)).toMatchObject({
    method: 'GET',
    path: '/whoami?x=(hidden)',
    claims: { sub: 'ada', scope: 'notes' },
    headers: { authorization: 'Bearer (hidden)', 'x-copy': '(hidden)' },
  })
  expect(JSON.parse(told)).toMatchObject({ headers: { authorization: 'Bearer (hidden)' } })
  for (const part of access_token.split('.')) expect(text + told).not.toContain(part)
})

test('tells what it received only to those who ask, whatever they called', async () => {
  const { access_token } = await signIn(provider)

  const unasked = await call('/notes', access_token)
  const asked = await call('/nowhere', access_token, { headers: { 'X-Tell': '1' } })

  expect(unasked.headers.get('X-Told')).toBeNull()
  expect(asked.status).toBe(404)
  expect(JSON.parse(decodeURIComponent(asked.headers.get('X-Told') ?? ''))).toMatchObject({
    method: 'GET',
    path: '/nowhere',
  })
})

test('a note that somebody has changed meanwhile is not overwritten', async () => {
  const { access_token } = await signIn(provider)
  const headers = { 'Content-Type': 'application/json' }
  const write = (path: string, method: string, text: string, more = {}) =>
    call(path, access_token, {
      method,
      headers: { ...headers, ...more },
      body: JSON.stringify({ text }),
    })
  const { id, updatedAt } = await (await write('/notes', 'POST', 'first')).json()
  const match = { 'If-Match': `"${updatedAt}"` }

  const blind = await write(`/notes/${id}`, 'PUT', 'theirs')
  const late = await write(`/notes/${id}`, 'PUT', 'mine', {
    'If-Match': '"2000-01-01T00:00:00.000Z"',
  })
  const gone = await write('/notes/none', 'PUT', 'mine', match)

  expect(blind.status).toBe(200)
  expect(late.status).toBe(412)
  expect(gone.status).toBe(404)
})

test('starts before its provider, and goes on while the provider is down', async () => {
  const late = await startProvider({ publicUrl: appUrl })
  const { access_token } = await signIn(late)
  await late.stop()
  const early = await startSampleApi({ issuer: late.issuer, audience: late.apiAudience })
  const ask = () =>
    fetch(`${early.url}/notes`, { headers: { Authorization: `Bearer ${access_token}` } })

  const before = await ask()
  await late.start()
  const during = await ask()
  await late.stop()
  const after = await ask()
  await early.stop()

  expect(before.status).toBe(503)
  expect(during.status).toBe(200)
  expect(after.status).toBe(200)
})
