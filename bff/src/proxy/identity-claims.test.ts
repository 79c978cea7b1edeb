import { expect, test } from 'vitest'
import { signedInTestBff } from '../testing/test-bff.ts'
import { claimsIdentity } from './identity-claims.ts'

const claims: readonly string[] = [
  'Remote-User',
  'Remote-Groups',
  'X-Remote-User',
  'X-WebAuth-User',
  'X-Authenticated-User',
  'X-Authenticated-Userid',
  'X-Auth-Request-User',
  'X-Auth-Request-Access-Token',
  'X-Forwarded-User',
  'X-Forwarded-Client-Cert',
  'X-MS-Client-Principal',
  'X-MS-Client-Principal-Name',
  'X-MS-Token-AAD-Id-Token',
  'X-Goog-Authenticated-User-Email',
  'X-Goog-IAP-JWT-Assertion',
  'X-Amzn-Oidc-Identity',
  'X-Amzn-Mtls-Clientcert-Subject',
  'Cf-Access-Authenticated-User-Email',
  'Cf-Access-Jwt-Assertion',
  'CF-Connecting-IP',
  'Client-Cert',
  'Client-Cert-Chain',
  'X-Client-Cert',
  'X-SSL-Client-Verify',
  'X-SSL-Client-S-DN',
  'SSL-Client-Cert',
  'X-Original-Host',
  'X-Original-URL',
  'X-Host',
  'X-Originating-IP',
  'X-User',
  'X-User-Id',
  'X-User-Email',
  'X-User-Roles',
  'X-Envoy-External-Address',
  'X-Consumer-Username',
  'X-Authentik-Username',
  'X-Userinfo',
  'Tailscale-User-Login',
  'X-Pomerium-Jwt-Assertion',
  'X-Vouch-User',
  'Shib-Session-ID',
  'OIDC-Claim-sub',
  'SM-User',
  'IV-User',
  'L5d-Client-Id',
  'Fly-Client-IP',
  'X-AppEngine-User-Email',
]

const apps: readonly string[] = [
  'Accept-Language',
  'Idempotency-Key',
  'If-Match',
  'X-Access-Token',
  'X-Api-Key',
  'X-Auth-Token',
  'X-Client-Version',
  'X-Custom',
  'X-Hasura-Role',
  'X-Tenant-Id',
  'X-User-Agent',
  'X-User-Timezone',
]

test.for(claims)('nobody tells the API in %s who they are', async (name) => {
  const { browser, apiCalls } = await signedInTestBff()

  const answer = await browser.fetch('/api/notes', { headers: { [name]: 'of-my-own' } })

  expect(answer.status).toBe(200)
  expect(JSON.stringify([...(apiCalls[0]?.headers ?? [])])).not.toContain('of-my-own')
})

test('headers that are the app’s own business go up', async () => {
  const { browser, apiCalls } = await signedInTestBff()

  await browser.fetch('/api/notes', {
    headers: Object.fromEntries(apps.map((name) => [name, '1'])),
  })

  const arrived = apps.filter((name) => apiCalls[0]?.headers.get(name) === '1')
  expect(arrived).toEqual(apps)
})

test('without the rule such a header is as good as any other', () => {
  const withoutRule = (name: string) => !name.includes('_')

  expect(claims.filter(withoutRule)).toEqual(claims)
  expect(claims.filter((name) => !claimsIdentity(name.toLowerCase()))).toEqual([])
})
