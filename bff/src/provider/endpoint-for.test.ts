import { expect, test } from 'vitest'
import { providerOf } from '../testing/provider-of.ts'
import { testBff } from '../testing/test-bff.ts'
import type { AuthorizationChecks, IdentityProvider } from './provider.ts'
import type { AccessToken } from './token-set.ts'

const certified = 'https://certified.example.net'
const token = { accessToken: 'access-1' as AccessToken }

interface World {
  /** Asked by who has a certificate. */
  readonly provider: IdentityProvider
  /** What of its endpoints was asked, oldest first. */
  readonly asked: string[]
  readonly measured: string[]
}

/** A provider that names the addresses for those with a certificate (RFC 8705 §5), and these endpoints nowhere else. */
async function aliased(endpoints: Readonly<Record<string, string>>): Promise<World> {
  const world = await testBff()
  const asked: string[] = []
  const measured: string[] = []
  world.internet.host(certified, async (request) => {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    if (pathname === '/par')
      return Response.json({ request_uri: 'urn:1', expires_in: 60 }, { status: 201 })
    return pathname === '/introspection' ? Response.json({ active: false }) : new Response()
  })
  const none = Object.fromEntries(Object.keys(endpoints).map((name) => [name, undefined]))
  world.provider.metadata = { ...none, mtls_endpoint_aliases: endpoints }
  const provider = providerOf(
    world,
    { clientCertificate: { chain: 'shown by fetch', key: '' } },
    {
      record: () => {},
      measure: (measurement) => {
        if (measurement.name === 'provider-answered') measured.push(measurement.endpoint)
      },
    },
  )
  return { provider, asked, measured }
}

const checks: AuthorizationChecks = {
  state: 's',
  nonce: 'n',
  codeVerifier: 'v'.repeat(43),
  startedAt: 0,
  maxAgeSeconds: null,
  acrValues: [],
}

type Asking = (provider: IdentityProvider) => Promise<unknown>

test.for<[string, string, Asking]>([
  ['introspection', 'introspection_endpoint', (to) => to.introspect(token, 'ada')],
  ['revocation', 'revocation_endpoint', (to) => to.revoke(token.accessToken, 'access')],
  ['userinfo', 'userinfo_endpoint', (to) => to.userinfo(token, 'ada')],
  ['par', 'pushed_authorization_request_endpoint', (to) => to.authorizationUrl(checks, {})],
])(
  '%s that is there for who has a certificate alone is asked, and counted as what it is',
  async ([name, member, ask]) => {
    const { asked, measured, provider } = await aliased({ [member]: `${certified}/${name}` })

    await ask(provider)

    expect(asked).toEqual([`/${name}`])
    expect(measured).toEqual(['discovery', name])
  },
)
