import { expect, test } from 'vitest'
import { createKeyRing } from '../base/key-ring.ts'
import { sealerFor } from '../base/sealer.ts'
import { digestOf, grantWorld, type GrantWorld } from '../testing/grant-world.ts'
import { issuer, secret } from '../testing/test-bff.ts'
import type { RefreshToken } from '../provider/token-set.ts'
import { runErrand } from './answer-slot.ts'
import { grantKey } from './offline-grant.ts'

async function connected(...given: Parameters<typeof grantWorld>): Promise<GrantWorld> {
  const world = await grantWorld(...given)
  await world.connect()
  return world
}

function refreshTokenOf({ provider }: GrantWorld): string {
  return provider.issued.findLast((value) => value.startsWith('refresh-')) ?? ''
}

async function take({ runner }: GrantWorld) {
  const taken = await runner.tokens.fresh(digestOf)
  if (!taken.ok) throw new Error(taken.error.kind)
  return taken.value
}

test('gives the token of the consent while it is fresh, and asks the provider nothing', async () => {
  const world = await connected()

  const token = await take(world)

  expect(token).toMatchObject({ scopes: expect.arrayContaining(['notes']), missingScopes: [] })
  expect(world.provider.tokenRequests('refresh_token')).toBe(0)
})

test('refreshes once for many who ask at once, on several instances', async () => {
  const world = await connected()
  const other = world.anotherRunner()
  world.clock.advance(3600)

  const taken = await Promise.all(
    [world.runner, other, world.runner, other].map(({ tokens }) => tokens.fresh(digestOf)),
  )

  expect(new Set(taken.map((one) => one.ok && one.value.accessToken)).size).toBe(1)
  expect(taken.every(({ ok }) => ok)).toBe(true)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('goes on for months while the user is away, one refresh token after the other', async () => {
  const world = await connected()

  for (let night = 0; night < 60; night += 1) {
    world.clock.advance(86_400)
    expect(world.provider.isActive((await take(world)).accessToken)).toBe(true)
  }

  expect(world.provider.tokenRequests('refresh_token')).toBe(60)
})

test('signing out, here and at the provider, leaves a grant alone', async () => {
  const world = await connected()
  await world.browser.fetch('/auth/logout', { method: 'POST' })
  const logout = new URLSearchParams({ logout_token: await world.provider.logoutToken() })
  const told = await world.bff.app.request('/auth/backchannel-logout', {
    method: 'POST',
    body: logout,
  })
  world.clock.advance(3600)

  expect(told.status).toBe(200)
  expect(world.provider.isActive((await take(world)).accessToken)).toBe(true)
})

test('another token is got when the API refuses the one that seemed good', async () => {
  const world = await connected()
  const { accessToken } = await take(world)

  const renewed = await world.runner.tokens.renewed(digestOf, accessToken)
  const again = await world.runner.tokens.renewed(digestOf, accessToken)

  expect(renewed).toMatchObject({ ok: true })
  expect(again).toEqual(renewed)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('who needs another token than those who ask along with them gets it', async () => {
  const world = await connected()
  const { accessToken } = await take(world)
  const other = world.anotherRunner()

  const [fresh, renewed] = await Promise.all([
    other.tokens.fresh(digestOf),
    other.tokens.renewed(digestOf, accessToken),
  ])

  expect(fresh).toMatchObject({ ok: true })
  expect(renewed.ok && renewed.value.accessToken).not.toBe(accessToken)
})

test('a grant that is withdrawn gives nothing from that moment on, and is revoked', async () => {
  const world = await connected()
  const { connection, accessToken } = await take(world)

  const answer = await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })

  expect(await answer.json()).toEqual({ refreshToken: 'revoked' })
  expect(world.provider.isActive(accessToken)).toBe(false)
  expect(await world.runner.tokens.fresh(digestOf, connection)).toEqual({
    ok: false,
    error: { kind: 'grant-withdrawn' },
  })
  expect(await world.seen()).toMatchObject({ state: 'not-connected' })
})

test('withdrawn in the middle of a refresh, what the provider gives is revoked and used by nobody', async () => {
  const world = await connected()
  world.clock.advance(400)
  const atProvider = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const original = world.provider.app
  world.internet.host(issuer, async (request) => {
    const response = await original.fetch(request)
    if (new URL(request.url).pathname !== '/token') return response
    atProvider.resolve()
    await goOn.promise
    return response
  })

  const refreshing = world.runner.tokens.fresh(digestOf)
  await atProvider.promise
  await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })
  goOn.resolve()

  expect(await refreshing).toEqual({ ok: false, error: { kind: 'grant-withdrawn' } })
  expect(world.provider.revocations).toContain(refreshTokenOf(world))
})

test('withdrawn while the answer for a dead process lies in the store, what it brought is revoked', async () => {
  const world = await connected()
  world.clock.advance(400)
  await dyingWhile(world, 'answered')

  await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })

  await expect.poll(() => world.provider.revocations).toContain(refreshTokenOf(world))
})

test('a run that began under an earlier consent gets nothing under a new one', async () => {
  const world = await connected()
  const { connection } = await take(world)
  await world.connect()

  expect(await world.runner.tokens.fresh(digestOf, connection)).toMatchObject({
    error: { kind: 'grant-withdrawn' },
  })
  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
})

test('a withdrawal that the provider can’t be told of waits in the outbox', async () => {
  const world = await connected()
  const spent = refreshTokenOf(world)
  world.internet.unplug(issuer)

  const answer = await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })
  expect(await answer.json()).toEqual({ refreshToken: 'queued' })
  expect(await world.seen()).toMatchObject({ state: 'not-connected' })

  world.internet.host(issuer, (request) => world.provider.app.fetch(request))
  world.clock.advance(60)
  await world.bff.drainRevocations()
  expect(world.provider.revocations).toContain(spent)
})

test('a refused refresh token breaks the grant, and the session says so until it is connected again', async () => {
  const world = await connected()
  await world.provider.app.request('/revoke', {
    method: 'POST',
    body: new URLSearchParams({ token: refreshTokenOf(world) }),
  })
  world.clock.advance(400)

  expect(await world.runner.tokens.fresh(digestOf)).toEqual({
    ok: false,
    error: { kind: 'grant-broken', reason: 'refused' },
  })
  expect(await world.seen()).toMatchObject({
    state: 'broken',
    broken: { at: world.clock.now(), reason: 'refused' },
  })
  expect(await (await world.browser.fetch('/auth/session')).json()).toMatchObject({
    brokenGrants: ['digest'],
  })
  await world.connect()
  expect(await (await world.browser.fetch('/auth/session')).json()).not.toHaveProperty(
    'brokenGrants',
  )
})

test('a broken grant is not tried again', async () => {
  const world = await connected()
  world.provider.tokenAnswer = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
  world.clock.advance(400)
  await world.runner.tokens.fresh(digestOf)

  await world.runner.tokens.fresh(digestOf)

  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test.each([
  ['is down', null],
  ['answers 503', () => new Response('', { status: 503 })],
  ['answers 429', () => new Response('', { status: 429, headers: { 'Retry-After': '60' } })],
  ['answers nonsense', () => new Response('<html>')],
  ['refuses us as a client', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
])('while the provider %s nothing is lost, and an hour later all goes on', async (_, answer) => {
  const world = await connected()
  world.clock.advance(400)
  if (answer === null) world.internet.unplug(issuer)
  else world.provider.tokenAnswer = answer

  for (let minute = 0; minute < 60; minute += 1) {
    const taken = await world.runner.tokens.fresh(digestOf)
    expect(taken.ok).toBe(false)
    world.clock.advance(60)
  }
  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: expect.stringMatching(/^(provider-unreachable|client-refused)$/) },
  })
  world.clock.advance(1000)
  world.provider.tokenAnswer = null
  world.internet.host(issuer, (request) => world.provider.app.fetch(request))

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
})

test('a provider that is down is not asked over and over', async () => {
  const world = await connected()
  world.clock.advance(400)
  world.provider.tokenAnswer = () => new Response('', { status: 503 })

  for (let times = 0; times < 20; times += 1) await world.runner.tokens.fresh(digestOf)

  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('a token that is due but valid serves while the provider can’t be asked', async () => {
  const world = await connected()
  world.clock.advance(280)
  world.internet.unplug(issuer)

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
})

test('a vague refusal is asked once more, then breaks the grant', async () => {
  const world = await connected()
  world.clock.advance(400)
  world.provider.tokenAnswer = () => Response.json({ error: 'invalid_request' }, { status: 400 })

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'grant-broken', reason: 'refused' },
  })
  expect(world.provider.tokenRequests('refresh_token')).toBe(2)
})

test.each([
  ['a stronger sign-in is asked for', { error: 'invalid_grant', suberror: 'mfa' }],
  ['a vague refusal is said twice', { error: 'invalid_request' }],
])('when %s, no refresh token lives on at the provider', async (_, body) => {
  const world = await connected()
  const refreshToken = refreshTokenOf(world)
  world.clock.advance(400)
  world.provider.tokenAnswer = () => Response.json(body, { status: 400 })

  await world.runner.tokens.fresh(digestOf)

  expect(await world.seen()).toMatchObject({ state: 'broken' })
  expect(world.provider.isActive(refreshToken)).toBe(false)
})

test('a refreshed ID token of another user breaks the grant, and what came is revoked', async () => {
  const world = await connected()
  world.clock.advance(400)
  world.provider.idTokenClaims = { sub: 'mallory' }

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'grant-broken', reason: 'untrusted' },
  })
  expect(world.provider.revocations).toContain(refreshTokenOf(world))
})

test('what a provider takes away at a refresh is told to the run, and to the user', async () => {
  const world = await connected()
  world.clock.advance(400)
  const { app } = world.provider
  world.internet.host(issuer, async (request) => {
    const response = await app.fetch(request)
    if (new URL(request.url).pathname !== '/token') return response
    return Response.json({ ...((await response.json()) as object), scope: 'openid offline_access' })
  })

  expect(await take(world)).toMatchObject({ missingScopes: ['notes'] })
  expect(await world.seen()).toMatchObject({ state: 'connected', missingScopes: ['notes'] })
  expect(world.eventsNamed('grant-scopes-reduced')).toMatchObject([{ scopes: 'notes' }])
})

test('a grant lasts as long as it is allowed to, and then gives nothing', async () => {
  const world = await connected()
  world.clock.advance(90 * 86_400)

  expect(await world.runner.tokens.fresh(digestOf)).toEqual({
    ok: false,
    error: { kind: 'grant-expired' },
  })
  expect(world.provider.tokenRequests('refresh_token')).toBe(0)
})

test('is sealed with the newest key as it is used, so that the old one can go', async () => {
  const world = await connected()
  const newer = 'a newer secret that is long enough to be one'
  const rotated = world.anotherRunner({ session: { secrets: [newer, secret] } })

  expect(await rotated.tokens.fresh(digestOf)).toMatchObject({ ok: true })

  const alone = world.anotherRunner({ session: { secrets: [newer] } })
  expect(await alone.tokens.fresh(digestOf)).toMatchObject({ ok: true })
})

test('a grant that was moved to another user’s place opens for nobody', async () => {
  const world = await connected()
  const { keyValue } = world.runner.parts.store
  const mallory = { sub: 'mallory', grant: 'digest' }
  const sealed = (await keyValue.get(grantKey(digestOf))) ?? ''
  await keyValue.set(grantKey(mallory), sealed, 3600)

  expect(await world.runner.tokens.fresh(mallory)).toMatchObject({
    error: { kind: 'grant-unreadable' },
  })
})

test('nothing of a grant can be read in the store', async () => {
  const world = await connected()
  const { keyValue } = world.runner.parts.store

  const sealed = (await keyValue.get(grantKey(digestOf))) ?? ''

  expect(sealed).not.toBe('')
  for (const text of [refreshTokenOf(world), 'ada', 'notes']) expect(sealed).not.toContain(text)
  expect(grantKey(digestOf)).not.toContain('ada')
})

test('no token, code or secret of a grant is in what is told to the log or to the browser', async () => {
  const world = await connected()
  world.clock.advance(400)
  await take(world)
  world.provider.idTokenClaims = { sub: 'mallory' }
  world.clock.advance(400)
  await world.runner.tokens.fresh(digestOf)
  const list = await (await world.browser.fetch('/auth/grants')).text()
  const withdrawn = await world.browser.fetch('/auth/grants/digest', { method: 'DELETE' })

  const told = [JSON.stringify(world.events), list, await withdrawn.text()].join('\n')

  expect(world.provider.issued.length).toBeGreaterThan(6)
  for (const value of world.provider.issued) expect(told).not.toContain(value)
})

test('signing out everywhere with all that goes on withdraws the grants; without it they stay', async () => {
  const world = await connected()
  await world.browser.fetch('/auth/sessions', { method: 'DELETE' })
  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
  await world.browser.navigate('/auth/login')

  const answer = await world.browser.fetch('/auth/sessions?grants=withdraw', { method: 'DELETE' })

  expect(answer.status).toBe(204)
  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'grant-withdrawn' },
  })
})

/** A process that dies leaves in the store what it had written, and nothing of what it had in mind. */
async function dyingWhile(world: GrantWorld, place: 'before' | 'asking' | 'answered') {
  const { vault, parts } = world.anotherRunner()
  const kept = await vault.read(digestOf)
  if (!kept) throw new Error('there is no grant')
  const spending = { attempt: 'the-attempt', since: world.clock.now(), doubtful: false }
  await vault.change(kept, { ...kept.grant, spending })
  const slot = 'grant-answer/the-attempt'
  if (place === 'before') return
  await parts.store.keyValue.set(slot, 'asking', 8)
  const answer = await parts.provider.refresh(
    {
      refreshToken: kept.grant.refreshToken as RefreshToken,
      idToken: null,
      scopes: kept.grant.scopes,
    },
    'ada',
  )
  if (!answer.ok) throw new Error('the provider refused')
  if (place === 'asking') return
  const body = JSON.stringify({
    access_token: answer.value.accessToken,
    refresh_token: answer.value.refreshToken,
    token_type: 'Bearer',
    expires_in: 300,
  })
  const sealer = sealerFor(createKeyRing([secret]), 'grant')
  const headers = { 'content-type': 'application/json' }
  await parts.store.keyValue.set(slot, sealer.seal({ status: 200, headers, body }, slot), 3600)
}

test('goes on where a process died before it sent the refresh token', async () => {
  const world = await connected()
  world.clock.advance(400)
  await dyingWhile(world, 'before')

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('takes in the answer that a process wrote down before it died', async () => {
  const world = await connected()
  world.clock.advance(400)
  await dyingWhile(world, 'answered')

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })

  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
  expect(world.eventsNamed('grant-answer-found')).toHaveLength(1)
  world.clock.advance(400)
  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
})

test('tries once more where the answer was lost for good, which a lenient provider allows', async () => {
  const world = await connected()
  world.provider.rotates = false
  world.clock.advance(400)
  await dyingWhile(world, 'asking')
  world.clock.advance(8)

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
})

test('says that the answer was lost where a strict provider refuses the second try', async () => {
  const world = await connected()
  world.clock.advance(400)
  await dyingWhile(world, 'asking')
  world.clock.advance(8)

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'grant-broken', reason: 'answer-lost' },
  })
})

/** Once, the provider has spent the refresh token, and its answer comes otherwise. */
function garbleOnce({ internet, provider }: GrantWorld, garble: (said: object) => Response) {
  let isDue = true
  internet.host(issuer, async (request) => {
    const response = await provider.app.fetch(request)
    if (!isDue || new URL(request.url).pathname !== '/token') return response
    isDue = false
    return garble((await response.json()) as object)
  })
}

test.each([
  ['a gateway timed out', () => new Response('', { status: 504 })],
  ['a gateway put a page in its place', () => new Response('<html>')],
])('says that the answer was lost where the token was spent and %s', async (_, garble) => {
  const world = await connected()
  world.clock.advance(400)
  garbleOnce(world, garble)

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'provider-unreachable' },
  })
  world.clock.advance(3600)

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'grant-broken', reason: 'answer-lost' },
  })
})

test.each(['a.b', 'e30.e30.e30'])(
  'the refresh token that comes with an ID token that can’t be read, such as %s, is kept',
  async (id_token) => {
    const world = await connected()
    world.clock.advance(400)
    garbleOnce(world, (said) => Response.json({ ...said, id_token }))

    expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
      error: { kind: 'provider-unreachable' },
    })
    world.clock.advance(3600)

    expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({ ok: true })
  },
)

test('a vague refusal of a token that may be spent leaves it so: what follows tells that the answer was lost', async () => {
  const world = await connected()
  world.clock.advance(400)
  await dyingWhile(world, 'asking')
  world.clock.advance(8)
  let vague = 1
  world.provider.tokenAnswer = () => {
    vague -= 1
    return Response.json(
      { error: vague >= 0 ? 'invalid_request' : 'invalid_grant' },
      { status: 400 },
    )
  }

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'grant-broken', reason: 'answer-lost' },
  })
  expect(world.provider.tokenRequests('refresh_token')).toBe(3)
})

test('that a token may be spent is known, too, to who finds the answer that another wrote down', async () => {
  const world = await connected()
  world.clock.advance(400)
  const { parts, vault } = world.runner
  const kept = await vault.read(digestOf)
  if (!kept) throw new Error('there is no grant')
  const spending = { attempt: 'the-attempt', since: world.clock.now(), doubtful: true }
  await vault.change(kept, { ...kept.grant, spending })
  const slot = 'grant-answer/the-attempt'
  const sealer = sealerFor(createKeyRing([secret]), 'grant')
  const answer = {
    status: 400,
    headers: { 'content-type': 'application/json' },
    body: '{"error":"invalid_grant"}',
  }
  await parts.store.keyValue.set(slot, sealer.seal(answer, slot), 3600)

  expect(await world.runner.tokens.fresh(digestOf)).toMatchObject({
    error: { kind: 'grant-broken', reason: 'answer-lost' },
  })
})

const newer = { session: { secrets: ['a newer secret that is long enough to be one', secret] } }

test('sealed anew with a key that this instance has not, a grant is not taken for withdrawn', async () => {
  const world = await connected()
  const { connection } = await take(world)

  await world.anotherRunner(newer).tokens.fresh(digestOf)

  expect(await world.runner.tokens.fresh(digestOf, connection)).toEqual({
    ok: false,
    error: { kind: 'grant-unreadable' },
  })
})

test('an answer that an instance with a newer key has taken in is not revoked by who was overtaken', async () => {
  const world = await connected()
  const other = world.anotherRunner(newer)
  world.clock.advance(400)
  const { vault } = world.runner
  const change = vault.change.bind(vault)
  Object.assign(vault, {
    // Between the answer and this write it sleeps: its lease is over, and the other one finds the answer and takes it in.
    async change(...given: Parameters<typeof change>) {
      if (given[1].spending !== null) return change(...given)
      await world.runner.parts.store.keyValue.delete(`lease/${grantKey(digestOf)}`)
      await other.tokens.fresh(digestOf)
      return change(...given)
    },
  })

  await world.runner.tokens.fresh(digestOf)

  const taken = await other.tokens.fresh(digestOf)
  expect(taken.ok && world.provider.isActive(taken.value.accessToken)).toBe(true)
  expect(world.provider.isActive(refreshTokenOf(world))).toBe(true)
  expect(world.provider.tokenRequests('refresh_token')).toBe(1)
})

test('a request that was given up is not sent late', async () => {
  const world = await connected()
  const { keyValue } = world.runner.parts.store
  await keyValue.set('grant-answer/late', 'abandoned', 60)
  const errand = { slot: 'grant-answer/late', keepSeconds: 60, url: `${issuer}/token` }

  const { asked } = await runErrand(
    { keyValue, fetch: world.internet.fetch, seal: () => '' },
    { ...errand, headers: {}, body: '' },
  )

  expect(asked).toEqual({ failed: 'taken over' })
  expect(world.provider.tokenRequests('')).toBe(0)
})
