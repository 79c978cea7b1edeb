import { expect, test } from 'vitest'
import { newDpopKey } from '../base/dpop-key.ts'
import { dpopNonces } from '../base/dpop-nonces.ts'
import { systemClock } from '../base/clock.ts'
import { fetchWithToken } from './token-authorization.ts'
import type { AccessToken } from './token-set.ts'

const token = { accessToken: 'access-1' as AccessToken, dpopKey: newDpopKey() }

/** An API that wants a nonce which nobody knows yet. It reads each body to its end. */
function wantingNonce() {
  const bodies: string[] = []
  const api: typeof fetch = async (input, init) => {
    bodies.push(await new Request(input, { ...init, duplex: 'half' }).text())
    const headers = { 'DPoP-Nonce': 'one', 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"' }
    return bodies.length === 1 ? new Response(null, { status: 401, headers }) : new Response()
  }
  const ask = fetchWithToken(api, token, { nonces: dpopNonces(), clock: systemClock })
  return { ask, bodies }
}

test('a body that can be sent again is, where a nonce was wanting', async () => {
  const { ask, bodies } = wantingNonce()

  const { status } = await ask('https://api.example.org/', { method: 'POST', body: 'whole' })

  expect(status).toBe(200)
  expect(bodies).toEqual(['whole', 'whole'])
})

test('a body that is a stream is sent once, and the answer is the API’s own', async () => {
  const { ask, bodies } = wantingNonce()
  const body = ReadableStream.from([new TextEncoder().encode('whole')])

  const { status } = await ask('https://api.example.org/', { method: 'POST', body })

  expect(status).toBe(401)
  expect(bodies).toEqual(['whole'])
})
