import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { proxyTrust } from '../base/proxy-trust.ts'
import { publicUrl, signedInTestBff } from '../testing/test-bff.ts'
import { forHeader, mutated, oddText } from './arbitraries.ts'
import { hold } from './hold.ts'

const chains: readonly string[] = [
  '127.0.0.1',
  '10.0.0.1, 10.0.0.2',
  '::1, ::ffff:10.0.0.1',
  '[2001:db8::1]:443',
  '192.0.2.1:1234',
  'unknown, _hidden',
  'for=192.0.2.1;proto=http;by=203.0.113.4',
  'for="[2001:db8::1]";host=evil.example',
  ',,,,',
  '0x7f.1, 2130706433, 010.0.0.1',
]

const claim = fc.oneof(mutated(chains), oddText, fc.ipV4(), fc.ipV6())
const anyClaim = forHeader(fc.array(claim, { maxLength: 50 }).map((parts) => parts.join(', ')))
const stranger = fc.oneof(fc.ipV4(), fc.ipV6()).filter((address) => !address.startsWith('10.'))

const trust = proxyTrust(['10.0.0.0/8', 'fd00::/8', '::1'])

test('a caller who is no trusted proxy is who the connection says, whatever they claim', async () => {
  const nobody = proxyTrust([])
  await hold(fc.tuple(anyClaim, stranger), ([claimed, peer]) => {
    expect(nobody.clientAddress(claimed, peer)).toBe(peer)
    expect(nobody.forwardedFor(claimed, peer)).toBe(peer)
  })
})

test('what a caller claims in front of a trusted proxy changes nothing of what the proxy saw', async () => {
  const client = stranger.filter((address) => !/^(fd|::1$|0*:)/i.test(address))
  await hold(fc.tuple(anyClaim, client), ([claimed, address]) => {
    expect(trust.clientAddress(`${claimed}, ${address}`, '10.0.0.7')).toBe(address)
    expect(trust.clientAddress(`${claimed}, ${address}, 10.1.2.3`, '10.0.0.7')).toBe(address)
  })
})

test('without the guard: to take the first address of the chain is to take the caller’s word', () => {
  const first = '192.0.2.66, 203.0.113.9'.split(',')[0]

  expect(first).toBe('192.0.2.66')
  expect(trust.clientAddress('192.0.2.66, 203.0.113.9', '10.0.0.7')).toBe('203.0.113.9')
})

test('no claim about where a request came from reaches the API or the provider', async () => {
  const { bff, browser, apiCalls } = await signedInTestBff()
  const cookies = [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`).join('; ')
  const mark = 'claimed.example'
  const marked = anyClaim.map((text) => `${text}${mark}`)
  await hold(
    fc.record(
      {
        Forwarded: marked,
        'X-Forwarded-For': marked,
        'X-Forwarded-Host': marked,
        'X-Forwarded-Proto': marked,
        'X-Forwarded-Port': marked,
        'X-Forwarded-Prefix': marked,
        'X-Original-URL': marked,
        X_Forwarded_Host: marked,
        Host: marked,
      },
      { requiredKeys: [] },
    ),
    async (claims) => {
      apiCalls.length = 0
      const headers = { ...claims, Cookie: cookies, 'X-CSRF': '1' }

      const call = await bff.app.fetch(new Request(`${publicUrl}/api/notes`, { headers }))
      const login = await bff.app.fetch(new Request(`${publicUrl}/auth/login`, { headers }))

      expect(call.status).toBe(200)
      expect(JSON.stringify([...(apiCalls[0]?.headers ?? [])])).not.toContain(mark)
      expect(new URL(login.headers.get('Location') ?? '').searchParams.get('redirect_uri')).toBe(
        `${publicUrl}/auth/callback`,
      )
    },
    { runs: 100 },
  )
})
