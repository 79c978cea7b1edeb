import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  calledText,
  changed,
  dripping,
  hanging,
  honest,
  huge,
  redirecting,
  saying,
  text,
  type Answer,
} from '../testing/hostile-answers.ts'
import { hostileTestBff, type HostileTestBff } from '../testing/hostile-test-bff.ts'
import { hostileClient } from '../testing/hostile-provider.ts'

test('oidcc-client-test-client-secret-basic: the secret goes into the header, and not into the body', async () => {
  const { signIn, provider } = await hostileTestBff({ clientAuthentication: 'client_secret_basic' })

  const outcome = await signIn()

  const [request] = provider.tokenRequests
  const { clientId, clientSecret } = hostileClient
  const credentials = `${clientId}:${clientSecret.replaceAll(' ', '+')}`
  expect(outcome.authenticated).toBe(true)
  expect(request?.authorization).toBe(`Basic ${Buffer.from(credentials).toString('base64')}`)
  expect(request?.body.has('client_secret')).toBe(false)
})

test('fapi2 token-endpoint-response-without-expires_in: a token is then taken to live five minutes', async () => {
  const { browser, signIn, clock, provider } = await hostileTestBff()
  provider.answers.token = changed({ expires_in: undefined })

  await signIn()
  const session = await (await browser.fetch('/auth/session')).json()

  expect(session).toMatchObject({ token: { expiresAt: clock.now() + 300 } })
})

test.for(['bearer', 'BEARER', 'bEaReR'])(
  'fapi2 token-type-case-insensitivity: a token_type of %s is taken',
  async (type) => {
    const { signIn, provider } = await hostileTestBff()
    provider.answers.token = changed({ token_type: type })

    expect(await signIn()).toMatchObject({ authenticated: true })
  },
)

const useless: readonly [string, Answer][] = [
  ['a DPoP token', changed({ token_type: 'DPoP' })],
  ['a token of a type that nobody knows', changed({ token_type: 'mac' })],
  ['a token without a type', changed({ token_type: undefined })],
  ['no access token', changed({ access_token: undefined })],
  ['an access token that is a list', changed({ access_token: ['token'] })],
  ['an access token with a line break in it', changed({ access_token: 'a\r\nX-Admin: 1' })],
  ['an empty refresh token', changed({ refresh_token: '' })],
  ['a life of minus one second', changed({ expires_in: -1 })],
  ['a refused code', saying(400, { error: 'invalid_grant' })],
]

test.for(useless)('%s signs nobody in', async ([, answer]) => {
  const { signIn, provider } = await hostileTestBff()
  provider.idToken.claims = { at_hash: undefined }
  provider.answers.token = answer

  expect(await signIn()).toEqual({ status: 400, authenticated: false })
})

test.for([['1.5'], [1e15], [0.5]])('a life of %s seconds breaks nothing', async ([seconds]) => {
  const { signIn, provider } = await hostileTestBff()
  provider.answers.token = changed({ expires_in: seconds, refresh_token: undefined })

  expect((await signIn()).status).not.toBe(500)
})

const silent: readonly [string, Answer][] = [
  ['an error', saying(500, { error: 'server_error' })],
  ['an error without a word', text(500, 'text/plain', '')],
  ['nothing', text(200, 'application/json', '')],
  ['what is no JSON', text(200, 'application/json', '{"access_token":')],
  ['more than a megabyte', huge(1_100_000)],
]

test.for(silent)(
  'a token endpoint that answers with %s: the page says that it can’t be reached, and the next sign-in works',
  async ([, answer]) => {
    const { signIn, provider } = await hostileTestBff()
    provider.answers.token = answer

    const broken = await signIn()
    provider.answers.token = honest
    const mended = await signIn()

    expect(broken).toEqual({ status: 400, authenticated: false })
    expect(mended.authenticated).toBe(true)
  },
)

test('JSON is read as JSON, whatever it is called', async () => {
  const { signIn, provider } = await hostileTestBff()
  provider.answers.token = calledText('text/html')

  expect(await signIn()).toMatchObject({ authenticated: true })
})

/** Signs in with a token endpoint that takes its time, and lets eight seconds pass. */
async function afterEightSeconds({ browser, provider }: HostileTestBff): Promise<Response> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const asked = provider.asked('POST /token')
  const arrival = browser.navigate('/auth/login')
  await asked
  await vi.advanceTimersByTimeAsync(8_000)
  vi.useRealTimers()
  return (await arrival).response
}

test.for([
  ['hangs', hanging],
  ['drips', dripping],
] as const)(
  'a token endpoint that %s keeps nobody waiting for more than eight seconds',
  async ([, answer]) => {
    const world = await hostileTestBff()
    world.provider.answers.token = answer

    const response = await afterEightSeconds(world)

    expect(response.status).toBe(400)
    expect(await response.text()).toContain('can’t be reached')
    expect(world.complaints()).toEqual([expect.stringContaining('within 8 s')])
  },
)

test('a token endpoint that sends the caller elsewhere gets neither code nor secret there', async () => {
  const { elsewhere, taken } = await anotherHost()
  const { signIn, provider } = await hostileTestBff()
  provider.answers.token = redirecting(elsewhere)

  const outcome = await signIn()

  expect(outcome).toEqual({ status: 400, authenticated: false })
  expect(taken).toEqual([])
})

test('with the guard off, a 307 hands the client’s secret to the next host', async () => {
  const { elsewhere, taken } = await anotherHost()
  const { provider } = await hostileTestBff()
  provider.answers.token = redirecting(elsewhere)
  const begun = new URLSearchParams({ grant_type: 'refresh_token', client_secret: 'the secret' })

  await fetch(`${provider.issuer}/token`, { method: 'POST', body: begun })

  expect(taken).toEqual([expect.stringContaining('client_secret=the+secret')])
})

async function anotherHost(): Promise<{ readonly elsewhere: string; readonly taken: string[] }> {
  const taken: string[] = []
  const server = createServer((request, response) => {
    void readText(request).then((body) => {
      taken.push(body)
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { elsewhere: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, taken }
}
