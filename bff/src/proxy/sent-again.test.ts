import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { buffer, json, text } from 'node:stream/consumers'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { overSockets } from '../testing/over-sockets.ts'
import { baseOptions } from '../testing/test-bff.ts'

interface NonceApi {
  /** Wanted in each proof from now on. */
  nonce: string
  /** Whether it refuses before it has read the body. */
  hasty: boolean
  /** How it refuses. */
  challenge: string
  /** How it goes on with a call whose proof has the nonce. */
  take: (request: IncomingMessage, response: ServerResponse) => unknown
  calls: number
  readonly arrived: Buffer[]
}

/** Strongroom with bound tokens before an API that wants a nonce. */
async function boundOverSockets(
  row: Parameters<typeof overSockets>[1] = {},
  options: { readonly fetch?: typeof fetch } = {},
) {
  const api: NonceApi = {
    nonce: 'one',
    hasty: false,
    challenge: 'DPoP algs="ES256", error="use_dpop_nonce"',
    calls: 0,
    arrived: [],
    async take(request, response) {
      api.arrived.push(await buffer(request))
      response.end('saved')
    },
  }
  async function answer(request: IncomingMessage, response: ServerResponse) {
    api.calls += 1
    request.on('error', () => {})
    if (decodeJwt(String(request.headers['dpop']))['nonce'] === api.nonce)
      return api.take(request, response)
    if (!api.hasty) await buffer(request)
    response.setHeader('DPoP-Nonce', api.nonce)
    response.setHeader('WWW-Authenticate', api.challenge)
    return response.writeHead(401).end()
  }
  const provider = { ...baseOptions.provider, dpop: true }
  // A browser that leaves breaks off what is being read.
  const untilLeft = (...call: Parameters<typeof answer>) => answer(...call).catch(() => {})
  const { open, world } = await overSockets(untilLeft, row, { bff: { provider, ...options } })
  world.provider.tokenType = 'DPoP'
  await world.browser.navigate('/auth/login')
  const cookies = [...world.browser.cookies()].map(([name, { value }]) => `${name}=${value}`)
  const headers = { Cookie: cookies.join('; ') }
  return {
    api,
    world,
    /** @param bytes  how many are announced; null sends it in chunks */
    post(bytes: number | null): ClientRequest {
      const length =
        bytes === null ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(bytes) }
      const request = open('/api/notes', { method: 'POST', headers: { ...headers, ...length } })
      return request.on('error', () => {})
    },
  }
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return response
}

const mostKeptBytes = 65_536

test.for([
  { way: 'from socket to socket', options: {} },
  { way: 'with a fetch of the app’s own', options: { fetch: (...call) => fetch(...call) } },
] satisfies readonly { way: string; options: { fetch?: typeof fetch } }[])(
  'a save goes up once more when the API wants a newer nonce, byte for byte: $way',
  async ({ options }) => {
    const { api, post } = await boundOverSockets({}, options)
    const body = randomBytes(mostKeptBytes)

    const first = await answerTo(post(body.byteLength).end(body))
    api.nonce = 'two'
    const second = await answerTo(post(body.byteLength).end(body))

    expect([first.statusCode, second.statusCode]).toEqual([200, 200])
    expect(api.arrived).toEqual([body, body])
    expect(api.calls).toBe(4)
  },
)

test('what comes after the API has refused goes up behind what came before', async () => {
  const { api, post } = await boundOverSockets()
  api.hasty = true
  const body = randomBytes(40_000)
  const taken = Promise.withResolvers<void>()
  const { take } = api
  api.take = (...call) => {
    taken.resolve()
    return take(...call)
  }

  const request = post(body.byteLength)
  request.write(body.subarray(0, 10_000))
  await taken.promise
  request.write(body.subarray(10_000, 20_000))
  request.end(body.subarray(20_000))
  const answer = await answerTo(request)

  expect(answer.statusCode).toBe(200)
  expect(api.arrived).toEqual([body])
  expect(api.calls).toBe(2)
})

test.for([
  { name: 'a large one', announced: mostKeptBytes + 1, bytes: mostKeptBytes + 1 },
  { name: 'one in chunks', announced: null, bytes: 10 },
])(
  'what is not kept ($name) is answered with a problem, and goes through when it is sent again',
  async ({ announced, bytes }) => {
    const { api, post, world } = await boundOverSockets()
    const body = randomBytes(bytes)

    const refused = await answerTo(post(announced).end(body))
    const problem = await json(refused)
    const again = await answerTo(post(announced).end(body))

    expect(refused.statusCode).toBe(502)
    expect(problem).toMatchObject({
      code: 'upstream_unreachable',
      detail: 'The API did nothing yet, for want of a newer proof. Send the call again.',
    })
    expect(refused.headers).not.toHaveProperty('www-authenticate')
    expect(again.statusCode).toBe(200)
    expect(api.arrived).toEqual([body])
    expect(world.eventsNamed('call-failed')).toMatchObject([{ kind: 'nonce-wanted' }])
  },
)

test('a browser that leaves before all of it has come ends the second call, too', async () => {
  const { api, post, world } = await boundOverSockets()
  api.hasty = true
  const left = Promise.withResolvers<void>()
  const taken = Promise.withResolvers<void>()
  api.take = (request) => {
    request.once('close', () => left.resolve())
    taken.resolve()
  }

  const request = post(20_000)
  request.write(randomBytes(10_000))
  await taken.promise
  request.destroy()

  await expect(left.promise).resolves.toBeUndefined()
  await expect.poll(() => world.eventsNamed('client-left').length, { timeout: 5000 }).toBe(1)
})

test('a browser that sends no more is not waited for longer than with one try', async () => {
  const { api, post } = await boundOverSockets({ timeoutSeconds: 0.4 })
  api.hasty = true

  const request = post(20_000)
  request.write(randomBytes(10_000))
  const answer = await answerTo(request)

  expect(answer.statusCode).toBe(504)
  expect(api.calls).toBe(2)
  request.destroy()
})

test('an API that wants another nonce each time is sent the body twice and no more', async () => {
  const { api, post } = await boundOverSockets()
  api.take = (_, response) =>
    response
      .writeHead(401, { 'DPoP-Nonce': 'other', 'WWW-Authenticate': 'DPoP error=use_dpop_nonce' })
      .end()

  const answer = await answerTo(post(4).end('body'))

  expect(answer.statusCode).toBe(502)
  expect(await text(answer)).not.toContain('nonce')
  expect(api.calls).toBe(2)
})

test('an API that wants a stronger sign-in beside its nonce is heard in that', async () => {
  const { api, post } = await boundOverSockets()
  api.challenge = 'DPoP error="use_dpop_nonce", Bearer error="insufficient_user_authentication"'

  const answer = await answerTo(post(4).end('body'))

  expect(await json(answer)).toMatchObject({ status: 401, code: 'step_up_required' })
  expect(api.calls).toBe(1)
})
