import { sessionViewSchema } from '@strongroom/client/schemas'
import { onTestFinished } from 'vitest'
import type { BffOptions, ProviderOptions } from '../options/options.ts'
import { hostileClient, hostileProvider, type HostileProvider } from './hostile-provider.ts'
import { testBff, type TestBff } from './test-bff.ts'

export interface HostileTestBff extends Omit<TestBff, 'provider' | 'api'> {
  readonly provider: HostileProvider
  /** Signs in as far as it gets: where the browser ends, and whether anybody is signed in. */
  signIn(query?: string): Promise<{ readonly status: number; readonly authenticated: boolean }>
  /** Lets the access token run out and calls the API: what the refresh made of it. */
  refresh(): Promise<{ readonly status: number; readonly authenticated: boolean }>
  /** What the log tells of the sign-ins that failed. */
  complaints(): string[]
}

/** A BFF that talks over real connections to a provider that lies on demand. */
export async function hostileTestBff(
  provider: Partial<ProviderOptions> = {},
  options: Partial<BffOptions> = {},
): Promise<HostileTestBff> {
  const hostile = await hostileProvider()
  onTestFinished(() => hostile.close())
  const world = await testBff({
    provider: { ...hostileClient, issuer: hostile.issuer, ...provider },
    fetch: (input, init) => fromLoopback(input, init) ?? world.internet.fetch(input, init),
    ...options,
  })
  hostile.now = world.clock.now
  world.internet.host(hostile.issuer, (request) => fetch(request))

  async function outcome(response: Response) {
    const session: unknown = await (await world.browser.fetch('/auth/session')).json()
    return {
      status: response.status,
      authenticated: sessionViewSchema.parse(session).authenticated,
    }
  }
  return {
    ...world,
    provider: hostile,
    async signIn(query = '') {
      return outcome((await world.browser.navigate(`/auth/login${query}`)).response)
    },
    async refresh() {
      world.clock.advance(301)
      return outcome(await world.browser.fetch('/api/notes'))
    },
    complaints: () => world.eventsNamed('sign-in-failed').map(({ detail }) => detail),
  }
}

/** The runtime's own `fetch` for the provider; the API stays on the simulated internet. */
function fromLoopback(...[input, init]: Parameters<typeof fetch>): Promise<Response> | null {
  const { hostname } = new URL(input instanceof Request ? input.url : input)
  return hostname === '127.0.0.1' ? fetch(input, init) : null
}
