import { existsSync } from 'node:fs'
import { isPortTaken } from './is-port-taken.ts'
import { CannotStart } from './cannot-start.ts'

/** What is said of the provider that `dev` brings along. */
export interface DemoProviderOptions {
  /** @default 3001 */
  readonly port?: number
  /** The `aud` of the access tokens, which the API checks. @default 'urn:strongroom:sample-api' */
  readonly audience?: string
}

export interface DemoProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly apiAudience: string
  stop(): Promise<void>
}

interface Demand extends DemoProviderOptions {
  readonly publicUrl: string
  /** What is asked for at a sign-in, parted by spaces. */
  readonly scope: string
}

/** `e2e/servers/provider.ts`, which the package has built. */
interface ProviderModule {
  startProvider(options: {
    readonly publicUrl: string
    readonly port: number
    readonly appName: string
    readonly apiAudience?: string
    readonly apiScopes: readonly string[]
    readonly accessTokenSeconds: number
    readonly backchannelLogout: boolean
  }): Promise<DemoProvider>
}

const defaultPort = 3001

/** Beside this file in the package; in the repository, as source and as build. */
const places = [
  '../demo-provider/provider.js',
  '../../../e2e/servers/provider.ts',
  '../../e2e/servers/provider.ts',
]

const oidcScopes = ['openid', 'offline_access', 'profile', 'email']

interface Held {
  readonly demand: string
  readonly provider: Promise<DemoProvider>
  users: number
}

/** By port. Vite starts anew whenever its configuration changes, and whoever is signed in is to stay so. */
const held = new Map<number, Held>()

const lingerMilliseconds = 2000

/**
 * A real OpenID provider on the loopback, where anybody signs in without a password. One that was stopped a moment ago is
 * taken up again, with all that it has issued.
 *
 * @throws CannotStart
 */
export async function startDemoProvider(demand: Demand): Promise<DemoProvider> {
  const { port = defaultPort } = demand
  const one = await holdProvider(port, demand)
  one.users += 1
  try {
    const provider = await one.provider
    return { ...provider, stop: async () => letGo(port, one) }
  } catch (error) {
    held.delete(port)
    throw error
  }
}

async function holdProvider(port: number, demand: Demand): Promise<Held> {
  const wanted = JSON.stringify(demand)
  const earlier = held.get(port)
  if (earlier?.demand === wanted && port !== 0) return earlier
  if (earlier?.users === 0) await endOf(port, earlier)
  const one = { demand: wanted, provider: launch(port, demand), users: 0 }
  held.set(port, one)
  return one
}

function letGo(port: number, one: Held): void {
  one.users -= 1
  setTimeout(() => {
    if (one.users === 0) void endOf(port, one)
  }, lingerMilliseconds).unref()
}

async function endOf(port: number, one: Held): Promise<void> {
  if (held.get(port) === one) held.delete(port)
  await (await one.provider).stop()
}

async function launch(port: number, { audience, publicUrl, scope }: Demand): Promise<DemoProvider> {
  const { startProvider } = await loadProvider()
  try {
    return await startProvider({
      publicUrl,
      port,
      appName: 'Your app',
      ...(audience !== undefined && { apiAudience: audience }),
      apiScopes: scope.split(' ').filter((word) => word !== '' && !oidcScopes.includes(word)),
      accessTokenSeconds: 300,
      // The provider calls back, and trusts no certificate of our own making.
      backchannelLogout: new URL(publicUrl).protocol === 'http:',
    })
  } catch (error) {
    if (!isPortTaken(error)) throw error
    throw new CannotStart(
      `The demo provider needs port ${port}, which is taken. Stop what uses it, or choose another: --provider-port ${port + 1}`,
    )
  }
}

async function loadProvider(): Promise<ProviderModule> {
  const url = places
    .map((place) => new URL(place, import.meta.url))
    .find((candidate) => existsSync(candidate))
  if (url === undefined) throw new CannotStart('This build of Strongroom has no demo provider.')
  try {
    return (await import(url.href)) as ProviderModule
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new CannotStart(
      'The demo provider is made with oidc-provider, which is not installed:\n\n' +
        '  npm install --save-dev oidc-provider\n\n' +
        'Or name a provider of your own: OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, in .env for example.',
    )
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes(`'oidc-provider'`)
  )
}
