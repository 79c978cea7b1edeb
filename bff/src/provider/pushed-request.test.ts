import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { baseOptions, issuer, testBff } from '../testing/test-bff.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const clientKeys = JSON.stringify(privateKey.export({ format: 'jwk' }))

test.for([
  ['as it is', {}, ['client_id', 'request', 'tenant']],
  [
    'pushed',
    { pushed_authorization_request_endpoint: `${issuer}/par` },
    ['client_id', 'request_uri', 'tenant'],
  ],
] as const)(
  'a signed request %s says what stands in the address of the authorization endpoint once',
  async ([, metadata, names]) => {
    const provider = { ...baseOptions.provider, clientKeys, signedRequests: 'always' } as const
    const world = await testBff({ provider })
    world.provider.metadata = {
      authorization_endpoint: `${issuer}/authorize?tenant=a`,
      ...metadata,
    }
    const bodies: URLSearchParams[] = []
    world.provider.app.post('/par', async (c) => {
      bodies.push(new URLSearchParams(await c.req.text()))
      return c.json({ request_uri: 'urn:request:1', expires_in: 60 }, 201)
    })

    const { url } = await world.browser.navigate('/auth/login', { until: /\/authorize/ })

    expect([...url.searchParams.keys()].toSorted()).toEqual(names)
    for (const body of bodies) expect(body.getAll('tenant')).toEqual(['a'])
    expect(bodies).toHaveLength('pushed_authorization_request_endpoint' in metadata ? 1 : 0)
  },
)
