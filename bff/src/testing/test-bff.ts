import type { Clock } from '../base/clock.ts'
import { createBff, type Bff } from '../create-bff.ts'
import type { Event } from '../observability/events.ts'
import type { BffOptions } from '../options/options.ts'
import { openBrowser, type Browser } from './browser.ts'
import { simulatedInternet, type Host, type SimulatedInternet } from './simulated-internet.ts'
import { stubProvider, type StubProvider } from './stub-provider.ts'

export const publicUrl = 'https://app.example.com'
export const issuer = 'https://id.example.net'
export const apiUrl = 'https://api.example.org'

export interface TestBff {
  readonly bff: Bff
  readonly internet: SimulatedInternet
  readonly browser: Browser
  readonly provider: StubProvider
  readonly clock: Clock & { advance(seconds: number): void }
  readonly events: Event[]
  /** What the API was asked, oldest first. */
  readonly apiCalls: Request[]
  /** Replaces how the API answers. */
  api: Host
  eventsNamed<N extends Event['name']>(name: N): Extract<Event, { name: N }>[]
}

/** A BFF between a stub provider, a stub API and a browser, on a simulated internet, its clock set by hand. */
export async function testBff(options: Partial<BffOptions> = {}): Promise<TestBff> {
  const internet = simulatedInternet()
  const clock = handClock()
  const events: Event[] = []
  const client = { clientId: 'app', clientSecret: 'a secret of the client' }
  const provider = await stubProvider({ issuer, ...client }, clock)
  const bff = createBff({
    publicUrl,
    provider: { issuer, ...client },
    upstreams: [{ prefix: '/api', target: `${apiUrl}/v1` }],
    session: { secrets: ['correct horse battery staple and then some'] },
    store: 'memory:',
    telemetry: { record: (event) => events.push(event) },
    clock,
    fetch: internet.fetch,
    ...options,
  })
  const world: TestBff = {
    bff,
    internet,
    browser: openBrowser(internet, publicUrl),
    provider,
    clock,
    events,
    apiCalls: [],
    api: () => Response.json({ ok: true }),
    eventsNamed: <N extends Event['name']>(name: N) =>
      events.filter((event): event is Extract<Event, { name: N }> => event.name === name),
  }
  internet.host(publicUrl, (request) => bff.app.fetch(request))
  internet.host(issuer, (request) => provider.app.fetch(request))
  internet.host(apiUrl, (request) => {
    world.apiCalls.push(request.clone())
    return world.api(request)
  })
  return world
}

export async function signedInTestBff(
  options: Partial<BffOptions> & { readonly accessTokenSeconds?: number } = {},
): Promise<TestBff> {
  const { accessTokenSeconds, ...rest } = options
  const world = await testBff(rest)
  if (accessTokenSeconds !== undefined) world.provider.accessTokenSeconds = accessTokenSeconds
  await world.browser.navigate('/auth/login')
  return world
}

function handClock(): TestBff['clock'] {
  let now = Math.floor(Date.now() / 1000)
  return {
    now: () => now,
    advance: (seconds) => {
      now += seconds
    },
  }
}
