import type { LogoutAnswer } from '@strongroom/client'
import type { BffOptions, ProviderOptions } from '../options/options.ts'
import { isSignedIn } from './is-signed-in.ts'
import type { ProviderHabits } from './provider-habits.ts'
import { stubProvider } from './stub-provider.ts'
import { clientSecret, publicUrl, testBff, type TestBff } from './test-bff.ts'

export interface ProviderWorldOptions {
  /** Whose the stub provider is. */
  readonly issuer: string
  readonly habits: Partial<ProviderHabits>
  /** What is said of it to the BFF, beside the client. */
  readonly said: Partial<ProviderOptions>
  readonly options?: Partial<BffOptions>
}

const clientId = 'app-1_2.3'

/** A BFF before a provider with habits, and an API that takes what was issued for it and lives. */
export async function providerWorld(of: ProviderWorldOptions): Promise<TestBff> {
  const { issuer, habits } = of
  const world = await testBff({
    provider: { clientId, clientSecret, ...of.said },
    ...of.options,
  })
  const provider = await stubProvider({ issuer, clientId, clientSecret }, world.clock)
  Object.assign(provider.habits, habits)
  for (const url of [issuer, habits.endpointsAt ?? issuer]) {
    world.internet.host(new URL(url).origin, (request) => provider.app.fetch(request))
  }
  world.api = ({ headers }) => {
    const token = headers.get('Authorization')?.replace('Bearer ', '') ?? ''
    const { audience = null } = provider.aboutToken(token) ?? {}
    const isForUs = provider.habits.apiTokenFor === 'any-sign-in' || audience !== null
    return Response.json({}, { status: provider.isActive(token) && isForUs ? 200 : 401 })
  }
  return { ...world, provider }
}

export interface WholePath {
  readonly signedIn: boolean
  /** Of a call at once, and of one after the access token's end. */
  readonly calls: readonly number[]
  readonly refreshes: number
  readonly receipt: LogoutAnswer['receipt']
  /** Where the browser was in the end, and how often the provider's own session was ended on the way. */
  readonly end: string
  readonly sessionsEnded: number
  readonly signedOut: boolean
}

/** Sign-in, a call, one that needs a refresh, and a sign-out by script that follows the `location`. */
export async function wholePath(world: TestBff): Promise<WholePath> {
  const { browser, clock, provider } = world
  await browser.navigate('/auth/login')
  const signedIn = await isSignedIn(browser)
  const first = await browser.fetch('/api/notes')
  clock.advance(provider.accessTokenSeconds + 1)
  const second = await browser.fetch('/api/notes')
  const answer = await browser.fetch('/auth/logout', { method: 'POST' })
  const { location, receipt } = (await answer.json()) as LogoutAnswer
  const arrival = await browser.navigate(location)
  return {
    signedIn,
    calls: [first.status, second.status],
    refreshes: provider.tokenRequests('refresh_token'),
    receipt,
    end: arrival.url.href,
    sessionsEnded: provider.sessionsEnded,
    signedOut: !(await isSignedIn(browser)),
  }
}

/** The sign-out by a form of the app's own page. */
export async function signOutByForm({ browser, provider }: TestBff) {
  const answer = await browser.fetch('/auth/logout', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: publicUrl,
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    },
  })
  const arrival = await browser.navigate(answer.headers.get('Location') ?? '')
  return { end: arrival.url.href, sessionsEnded: provider.sessionsEnded }
}
