import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBffProcess, type BffProcess } from './bff-process.ts'
import { freePort } from './ports.ts'
import { startProvider, type ProviderOptions, type RunningProvider } from './provider.ts'
import { startSampleApi, type RunningSampleApi } from './sample-api.ts'

export interface DemoWorldOptions {
  /** @default `http://localhost:<ports.app>` */
  readonly publicUrl?: string
  /** Each defaults to any free port. */
  readonly ports?: { readonly app?: number; readonly provider?: number; readonly api?: number }
  /** @default 60 */
  readonly accessTokenSeconds?: number
  /** Tell the app when a session ends at the provider. @default true */
  readonly backchannelLogout?: boolean
  /** What the provider demands beyond the demo's configuration. */
  readonly configure?: NonNullable<ProviderOptions['configure']>
  /** The provider listens with TLS. @default plain http */
  readonly tls?: NonNullable<ProviderOptions['tls']>
  /** The folder of Strongroom's configuration file. @default that of the demo */
  readonly settings?: string
  /** Strongroom's settings that differ from the demo's. */
  readonly env?: Readonly<Record<string, string>>
  /** The program to run as Strongroom. @default `bff/src/main.ts` */
  readonly bffMain?: string
}

export interface DemoWorld {
  readonly publicUrl: string
  readonly provider: RunningProvider
  readonly api: RunningSampleApi
  readonly bff: DemoBff
  stop(): Promise<void>
}

/** Strongroom of a demo world. `process`, `output` and `ended` speak of the newest run. */
export interface DemoBff extends BffProcess {
  /** Ends it if it runs, and starts it with the same settings, some of them changed for this run. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>
}

/** The whole demo: a provider and an API in this process, and Strongroom as a child of it. */
export async function startDemoWorld(options: DemoWorldOptions = {}): Promise<DemoWorld> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const stopOne of stops.splice(0).toReversed()) await stopOne()
  }
  try {
    const appPort = options.ports?.app ?? (await freePort())
    const publicUrl = options.publicUrl ?? `http://localhost:${appPort}`
    const provider = await startProvider({
      publicUrl,
      backchannelLogout: true,
      ...options,
      port: options.ports?.provider ?? 0,
    })
    stops.push(provider.stop)
    const api = await startSampleApi({
      port: options.ports?.api ?? 0,
      issuer: provider.issuer,
      audience: provider.apiAudience,
    })
    stops.push(api.stop)
    // What the demo's provider issues ends with it, so the store may, too.
    const folder = await mkdtemp(join(tmpdir(), 'strongroom-demo-'))
    stops.push(() => rm(folder, { recursive: true, force: true }))
    const store = `sqlite:${join(folder, 'store.db')}`
    const env = { ...environment({ appPort, publicUrl, provider, api, store }), ...options.env }
    const bff = await startDemoBff(publicUrl, env, options)
    stops.push(() => bff.stop())
    return { publicUrl, provider, api, bff, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startDemoBff(
  publicUrl: string,
  env: Readonly<Record<string, string>>,
  { bffMain: main, settings = pathOf('./settings') }: DemoWorldOptions,
): Promise<DemoBff> {
  const start = (changes?: Readonly<Record<string, string>>) =>
    startBffProcess({
      publicUrl,
      env: { ...env, ...changes },
      folder: settings,
      ...(main && { main }),
    })
  let current = await start()
  return {
    get process() {
      return current.process
    },
    get ended() {
      return current.ended
    },
    output: () => current.output(),
    onOutput: (listener) => current.onOutput(listener),
    stop: () => current.stop(),
    async restart(changes) {
      await current.stop()
      current = await start(changes)
    },
  }
}

interface EnvironmentParts {
  readonly appPort: number
  readonly publicUrl: string
  readonly provider: RunningProvider
  readonly api: RunningSampleApi
  readonly store: string
}

function environment({
  api,
  appPort,
  provider,
  publicUrl,
  store,
}: EnvironmentParts): Record<string, string> {
  return {
    PUBLIC_URL: publicUrl,
    HOST: '127.0.0.1',
    PORT: String(appPort),
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_SCOPE: 'openid profile email offline_access notes',
    API_UPSTREAM: api.url,
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    STORE_URL: store,
    SPA_DIR: pathOf('../../web/dist'),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  }
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url))
}
