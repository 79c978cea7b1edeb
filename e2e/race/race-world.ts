import { randomBytes } from 'node:crypto'
import { startBffProcess, type BffExit, type BffProcess } from '../servers/bff-process.ts'
import { freePorts } from '../servers/ports.ts'
import { providerControl, type ProviderControl } from '../servers/provider-control.ts'
import { startProvider, type RunningProvider } from '../servers/provider.ts'
import { openRaceStore, type RaceStore, type StoreKind } from './race-store.ts'
import type { Recipient } from './racing-browser.ts'
import { tokenGate, type TokenGate } from './token-gate.ts'
import { startRaceUpstream, type RaceUpstream } from './upstream.ts'

export interface RaceWorldOptions {
  readonly instances: number
  /** Processes of each. */
  readonly workers: number
  readonly store: StoreKind
  /** `SHUTDOWN_DELAY_SECONDS` */
  readonly shutdownDelaySeconds: number
}

/** Several instances of Strongroom behind one address, and all that they deal with. */
export interface RaceWorld {
  /** Also the address of the first instance, to which the provider sends people back. */
  readonly publicUrl: string
  readonly instances: readonly RaceInstance[]
  /** Processes of each. */
  readonly workers: number
  readonly provider: RunningProvider
  readonly control: ProviderControl
  readonly gate: TokenGate
  readonly upstream: RaceUpstream
  readonly store: RaceStore
  /** Takes back every lever, and forgets what was counted. */
  reset(): void
  /** What the instances write from now on, a line each, until this is called again. */
  takeLog(): string[]
  stop(): Promise<void>
}

export interface RaceInstance extends Recipient {
  readonly bff: BffProcess
  /** Of the workers that were started so far, the oldest first. */
  readonly workerPids: () => readonly number[]
  /** Lets another process take its place, as a new release does. @returns how the old one ended */
  replace(): Promise<BffExit & { readonly seconds: number }>
}

export async function startRaceWorld(options: RaceWorldOptions): Promise<RaceWorld> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    await Promise.all(stops.splice(0).map((stopOne) => stopOne()))
  }
  try {
    const { workers } = options
    const ports = await freePorts(options.instances)
    const publicUrl = `http://localhost:${ports[0]}`

    const provider = await startProvider({ publicUrl })
    stops.push(provider.stop)
    const gate = tokenGate()
    // Before control is taken, so that what is dropped here is not counted there.
    provider.inner.use(gate.middleware)
    const control = providerControl(provider)
    const upstream = await startRaceUpstream()
    stops.push(upstream.stop)
    const store = await openRaceStore(options.store)
    stops.push(store.stop)

    const env = {
      ...environment({ publicUrl, provider, upstream, store }),
      SHUTDOWN_DELAY_SECONDS: String(options.shutdownDelaySeconds),
    }
    let log: string[] = []
    const takeLog = () => (log = [])
    const startInstance = async (port: number, index: number): Promise<RaceInstance> => {
      let said = ''
      const begin = async () => {
        const bff = await startBffProcess({
          publicUrl: `http://127.0.0.1:${port}`,
          env: { ...env, PORT: String(port) },
          args: workers > 1 ? ['--workers', String(workers)] : [],
        })
        stops.push(() => bff.stop())
        said = bff.output()
        bff.onOutput((text) => {
          if (text.includes('"worker-started"')) said += text
          for (const line of text.trimEnd().split('\n')) log.push(`instance ${index + 1}  ${line}`)
        })
        return bff
      }
      let bff = await begin()
      return {
        index,
        port,
        get bff() {
          return bff
        },
        workerPids: () =>
          [...said.matchAll(/"name":"worker-started","worker":\d+,"pid":(\d+)/g)].map(([, pid]) =>
            Number(pid),
          ),
        async replace() {
          const toldAt = performance.now()
          bff.process.kill('SIGTERM')
          const exit = await bff.ended
          const seconds = (performance.now() - toldAt) / 1000
          bff = await begin()
          return { ...exit, seconds }
        },
      }
    }
    // All of them, even if one fails: what is still starting could not be stopped.
    const started = await Promise.allSettled(ports.map(startInstance))
    const instances = started.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
    const reset = () => {
      control.reset()
      gate.reset()
      upstream.reset()
    }
    return {
      publicUrl,
      instances,
      workers,
      provider,
      control,
      gate,
      upstream,
      store,
      reset,
      takeLog,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function environment({
  publicUrl,
  provider,
  upstream,
  store,
}: Pick<RaceWorld, 'publicUrl' | 'provider' | 'upstream' | 'store'>): Record<string, string> {
  return {
    PUBLIC_URL: publicUrl,
    HOST: '127.0.0.1',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_SCOPE: 'openid profile email offline_access notes',
    API_UPSTREAM: upstream.url,
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    STORE_URL: store.url,
    SPA_DIR: '',
    LOG_LEVEL: 'debug',
  }
}
