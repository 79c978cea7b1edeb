import { parse } from 'hono/utils/cookie'
import { sealData, unsealData } from 'iron-session'
import { expect, test } from 'vitest'
import { createKeyRing } from '../base/key-ring.ts'
import type { Event } from '../observability/events.ts'
import { openBrowser } from '../testing/browser.ts'
import { publicUrl, secret, signedInTestBff, testBff, type TestBff } from '../testing/test-bff.ts'

const name = '__Host-Http-strongroom'
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict'
const csrf = { 'X-CSRF': '1' }

/** What the app hears when it shows these cookies, and why it was refused, if it was. */
async function show(world: TestBff, cookies: string | Record<string, string>) {
  const header =
    typeof cookies === 'string'
      ? cookies
      : Object.entries(cookies)
          .map(([key, value]) => `${key}=${value}`)
          .join('; ')
  const before = world.events.length
  const session = await ask(world, '/auth/session', header)
  const call = await ask(world, '/api/notes', header)
  const { authenticated } = (await session.json()) as { authenticated: boolean }
  const reasons = new Set(world.events.slice(before).flatMap(reasonOf))
  const cookiesSet = [...session.headers.getSetCookie(), ...call.headers.getSetCookie()]
  return { authenticated, call: call.status, reasons: [...reasons], cookiesSet }
}

function ask({ bff }: TestBff, path: string, cookie: string) {
  return bff.app.request(new URL(path, publicUrl), { headers: { ...csrf, Cookie: cookie } })
}

function reasonOf(event: Event): string[] {
  return event.name === 'seal-refused' ? [event.reason] : []
}

const signedOut = (...reasons: string[]) => ({
  authenticated: false,
  call: 401,
  reasons,
  cookiesSet: [],
})

async function sealOf(world: TestBff): Promise<string> {
  const answer = await show(world, { [name]: world.browser.cookies().get(name)?.value ?? '' })
  expect(answer.authenticated).toBe(true)
  return world.browser.cookies().get(name)?.value ?? ''
}

/** A seal is `prefix*key id*salt*iv*ciphertext*expiry*mac salt*mac~version`. */
const fields = ['prefix', 'key id', 'salt', 'iv', 'ciphertext', 'expiry', 'mac salt', 'mac']

const changes: Record<string, (text: string) => string> = {
  'its first character changed': (text) => `${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`,
  'its last character changed': (text) => `${text.slice(0, -1)}${text.at(-1) === '8' ? '4' : '8'}`,
  'a character put in': (text) => `${text}1`,
  'nothing in it': () => '',
  'a name of every object in it': () => '__proto__',
  'another star in it': (text) => `${text}*`,
}

test.for(fields)('a seal whose %s was changed opens nothing', async (field) => {
  const world = await signedInTestBff()
  const [body = '', version] = (await sealOf(world)).split('~')
  const parts = body.split('*')
  const at = fields.indexOf(field)
  const texts = Object.entries(changes).map(([how, change]) => [how, change(parts[at] ?? '')])

  for (const [how, text = ''] of texts.filter(([, text]) => text !== parts[at])) {
    const answer = await show(world, { [name]: `${parts.with(at, text).join('*')}~${version}` })

    const isUnknown = field === 'key id' && !text.includes('*')
    expect([how, answer]).toEqual([how, signedOut(isUnknown ? 'unknown-key' : 'tampered')])
  }
})

test('an expiry that somebody writes into a seal is not believed, past or future', async () => {
  const world = await signedInTestBff()
  const parts = (await sealOf(world)).split('*')

  for (const expiry of ['1', String(Date.now() + 86_400_000), '-1', '9'.repeat(400)]) {
    const answer = await show(world, { [name]: parts.with(5, expiry).join('*') })
    expect(answer, expiry.slice(0, 20)).toEqual(signedOut('tampered'))
  }
})

test('a seal has one spelling alone: no other version behind it, no other base64 of its mac', async () => {
  const world = await signedInTestBff()
  const seal = await sealOf(world)
  const body = seal.slice(0, -2)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const spellings = [
    ...['', '~', '~1', '~3', '~2~2', '~2x', '=~2', '~2~', '\u00a0~2'].map(
      (tail) => `${body}${tail}`,
    ),
    ...alphabet.split('').map((last) => `${body.slice(0, -1)}${last}~2`),
  ].filter((spelling) => spelling !== seal)

  for (const spelling of spellings) {
    expect(await show(world, { [name]: encodeURI(spelling) })).toEqual(signedOut('tampered'))
  }
})

test('iron-session opens a seal with anything behind it, with the guard off', async () => {
  const password = createKeyRing([secret]).passwords('session')
  const seal = await sealData({ sub: 'ada' }, { password: password.sealing })

  const opened = await unsealData(`${seal}~whatever`, { password: password.opening })

  expect(opened).toEqual({ sub: 'ada' })
})

const rubbish = ['x', 'Fe26.2*', '*'.repeat(7), '*'.repeat(9000), 'a'.repeat(4000), '~2', '%', '{}']

test.for(rubbish)('rubbish is nobody signed in, whole or in pieces: %s', async (value) => {
  const world = await testBff()

  expect(await show(world, { [name]: value })).toEqual(signedOut('tampered'))
  expect(await show(world, { [`${name}.0`]: value, [`${name}.1`]: value })).toEqual(
    signedOut('tampered'),
  )
})

test('an empty cookie is none', async () => {
  const world = await testBff()

  expect(await show(world, `${name}=; ${name}.0=; ${name}; =${name}; ;;`)).toEqual(signedOut())
})

async function largeSession(text: string): Promise<[TestBff, string[]]> {
  const world = await testBff()
  world.provider.idTokenClaims = { picture: `https://example.com/${text.repeat(5000)}` }
  await world.browser.navigate('/auth/login')
  const chunks = [0, 1].map((at) => world.browser.cookies().get(`${name}.${at}`)?.value ?? '')
  expect((await show(world, pieces(...chunks))).authenticated).toBe(true)
  return [world, chunks]
}

function pieces(...values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, at) => [`${name}.${at}`, value]))
}

test('pieces that are cut, swapped, missing or of another session open nothing', async () => {
  const [world, [first = '', second = '']] = await largeSession('x')
  const [, [foreignFirst = '', foreignSecond = '']] = await largeSession('y')
  const forged: Record<string, Record<string, string>> = {
    swapped: pieces(second, first),
    'first missing': { [`${name}.1`]: second },
    'second missing': pieces(first),
    'with a gap': { [`${name}.0`]: first, [`${name}.2`]: second },
    'first cut': pieces(first.slice(0, -1), second),
    'second cut': pieces(first, second.slice(1)),
    'first of another': pieces(foreignFirst, second),
    'second of another': pieces(first, foreignSecond),
    'one too many': pieces(first, second, second),
    'first twice': pieces(first, first),
  }

  for (const [what, cookies] of Object.entries(forged)) {
    expect([what, await show(world, cookies)]).toEqual([what, signedOut('tampered')])
  }
})

test('pieces with numbers that iron-session never writes are not looked at', async () => {
  const [world, chunks] = await largeSession('x')
  const odd = Object.fromEntries(
    ['4', '5', '99999999', '-1', '00', '1e3', '__proto__'].map((at) => [`${name}.${at}`, 'x']),
  )

  expect((await show(world, { ...pieces(...chunks), ...odd })).authenticated).toBe(true)
  expect(await show(world, odd)).toEqual(signedOut())
})

test('a whole cookie beside pieces is refused: one of the two was planted', async () => {
  const [world, chunks] = await largeSession('x')
  const small = await signedInTestBff()
  const planted = await sealOf(small)

  expect(await show(world, { [name]: planted, ...pieces(...chunks) })).toEqual(signedOut('doubled'))
})

test('two session cookies with different values sign nobody in, whichever comes first', async () => {
  const victim = await signedInTestBff()
  const own = await sealOf(victim)
  const attacker = await signedInTestBff()
  const tossed = await sealOf(attacker)

  for (const [first, second] of [
    [own, tossed],
    [tossed, own],
  ]) {
    const answer = await show(victim, `${name}=${first}; ${name}=${second}`)
    expect(answer).toEqual(signedOut('doubled'))
  }
  expect((await show(victim, `${name}=${own}; ${name}=${own}`)).authenticated).toBe(true)
})

test('a tossed cookie that comes first signs the user in as the attacker, with the guard off', async () => {
  const victim = await signedInTestBff()
  const own = await sealOf(victim)
  const { browser } = await signedInTestBff()
  const tossed = browser.cookies().get(name)?.value ?? ''

  const taken = parse(`${name}=${tossed}; ${name}=${own}`)[name] ?? ''

  expect(taken).toBe(tossed)
  expect((await show(victim, { [name]: taken })).authenticated).toBe(true)
})

test('a piece that is doubled is refused like the whole', async () => {
  const [world, [first = '', second = '']] = await largeSession('x')

  const answer = await show(world, `${name}.0=${first}; ${name}.1=${second}; ${name}.1=planted`)

  expect(answer).toEqual(signedOut('doubled'))
})

test('a sign-in attempt does not pass for a session, nor a session for an attempt', async () => {
  const world = await signedInTestBff()
  const session = world.browser.cookies().get(name)?.value ?? ''
  const begun = await world.browser.navigate('/auth/login', { until: /\/callback/ })
  const [attempt] = [...world.browser.cookies()].filter(([key]) => key.includes('-login-'))
  const [attemptName = '', { value } = { value: '' }] = attempt ?? []

  const asSession = await show(world, { [name]: value })
  const asAttempt = await world.bff.app.request(begun.url, {
    headers: { Cookie: `${attemptName}=${session}` },
  })

  expect(asSession).toEqual(signedOut('tampered'))
  expect(asAttempt.status).toBe(400)
  expect(world.eventsNamed('seal-refused').at(-1)).toEqual({
    name: 'seal-refused',
    purpose: 'login',
    reason: 'tampered',
  })
})

test('a sign-in attempt opens where sessions are read, with the guard off: one password for all', async () => {
  const oneForAll = createKeyRing([secret]).passwords('session')

  const attempt = await sealData({ sub: 'ada' }, { password: oneForAll.sealing })

  expect(await unsealData(attempt, { password: oneForAll.opening })).toEqual({ sub: 'ada' })
})

test('a seal that opens and holds something else is told from one that was tampered with', async () => {
  const world = await testBff()
  const password = createKeyRing([secret]).passwords('session').sealing

  for (const content of [{}, { content: null }, { content: { v: 2, purpose: 'session' } }]) {
    const value = await sealData(content, { password, ttl: 0 })
    expect(await show(world, { [name]: value })).toEqual(signedOut('misshapen'))
  }
})

test('a session of another deployment opens nothing here', async () => {
  const other = await signedInTestBff({ session: { secrets: [`${secret}, but another`] } })
  const here = await testBff()

  expect(await show(here, { [name]: await sealOf(other) })).toEqual(signedOut('unknown-key'))
})

test('a session that is over by the clock is told from one that is none', async () => {
  const world = await signedInTestBff()
  world.clock.advance(1801)

  const answer = await world.browser.fetch('/api/notes')

  expect(await answer.json()).toMatchObject({ code: 'session_ended' })
  expect(world.eventsNamed('seal-expired')).toEqual([{ name: 'seal-expired', purpose: 'session' }])
})

test('a tossed cookie is not hidden from the other one by hundreds that stand between them', async () => {
  const world = await signedInTestBff()
  const seal = await sealOf(world)
  const between = Array.from({ length: 200 }, (_, at) => `${name}-login-${at}=x`).join('; ')

  const answer = await show(world, `${name}=${seal}; ${between}; ${name}=another`)

  expect(answer).toEqual(signedOut('doubled'))
})

test('64 kB of cookies and ten thousand names neither crash it nor get anything opened or set', async () => {
  const world = await testBff()
  const names = Array.from({ length: 10_000 }, (_, at) => `${name}.${at + 4}=x`)
  const floods = [
    `${name}=${'x'.repeat(65_536)}`,
    names.join('; '),
    ';'.repeat(65_536),
    `${name}=`.repeat(3000),
  ]

  for (const flood of floods) {
    const answer = await show(world, flood)
    expect([answer.authenticated, answer.call, answer.cookiesSet]).toEqual([false, 401, []])
  }
})

test('a cookie that does not open is taken away by a sign-out, and by nothing before it', async () => {
  const world = await testBff()
  const browser = openBrowser(
    world.internet,
    publicUrl,
    new Map([
      [`${name}.0`, { value: 'x', attributes }],
      [`${name}.1`, { value: 'y', attributes }],
    ]),
  )

  await browser.fetch('/auth/session')
  await browser.fetch('/api/notes')
  const before = browser.cookies().size
  await browser.fetch('/auth/logout', { method: 'POST' })

  expect([before, browser.cookies().size]).toEqual([2, 0])
})

test('each write leaves the browser with one shape of the cookie, whatever it held before', async () => {
  const [world] = await largeSession('x')
  const left = world.browser.cookies()
  const small = await signedInTestBff()
  // A late answer has put the pieces of another generation beside the whole.
  const browser = openBrowser(small.internet, publicUrl, new Map(left))

  await browser.navigate('/auth/login')

  expect([...browser.cookies().keys()]).toEqual([name])
  expect((await browser.fetch('/api/notes')).status).toBe(200)
})
