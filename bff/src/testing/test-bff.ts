import type { Clock } from '../base/clock.ts'
import { createBff, type Bff } from '../create-bff.ts'
import type { Event } from '../observability/events.ts'
import type { BffOptions } from '../options/options.ts'
import { openBrowser, type Browser, type Cookies } from './browser.ts'
import { heard } from './heard.ts'
import { simulatedInternet, type Host, type SimulatedInternet } from './simulated-internet.ts'
import { stubProvider, type StubProvider } from './stub-provider.ts'

export const publicUrl = 'https://app.example.com'
export const issuer = 'https://id.example.net'
export const apiUrl = 'https://api.example.org'

export const secret = 'correct horse battery staple and then some'

export const clientSecret = 'a secret of the client'

const client = { issuer, clientId: 'app', clientSecret }

export const baseOptions = {
  publicUrl,
  provider: client,
  upstreams: [{ prefix: '/api', target: `${apiUrl}/v1` }],
  session: { secrets: [secret] },
  store: 'memory:',
} as const

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
  const provider = await stubProvider(client, clock)
  const bff = createBff({
    ...baseOptions,
    clock,
    fetch: internet.fetch,
    ...options,
    telemetry: heard(options.telemetry ?? { record: (event) => events.push(event) }),
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

/** A second instance, such as another process would be: the same settings and net, and only the store in common. */
export function anotherInstance(world: TestBff, options: Partial<BffOptions>): AnotherInstance {
  const events: Event[] = []
  const bff = createBff({
    ...baseOptions,
    clock: world.clock,
    fetch: world.internet.fetch,
    ...options,
    telemetry: heard(options.telemetry ?? { record: (event) => events.push(event) }),
  })
  const internet: SimulatedInternet = {
    ...world.internet,
    fetch: (input, init) => {
      const request = new Request(input, init)
      return new URL(request.url).origin === publicUrl
        ? Promise.resolve(bff.app.fetch(request))
        : world.internet.fetch(request)
    },
  }
  return { bff, events, browser: (cookies) => openBrowser(internet, publicUrl, new Map(cookies)) }
}

export interface AnotherInstance {
  readonly bff: Bff
  readonly events: Event[]
  browser(cookies: Cookies): Browser
}

function handClock(): TestBff['clock'] {
  let milliseconds = Date.now()
  return {
    now: () => Math.floor(milliseconds / 1000),
    milliseconds: () => milliseconds,
    advance: (seconds) => {
      milliseconds += seconds * 1000
    },
  }
}
