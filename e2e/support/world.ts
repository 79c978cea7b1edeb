import { BffStartError } from '../servers/bff-process.ts'
import { startDemoWorld, type DemoBff } from '../servers/demo-world.ts'
import { providerControl, type ProviderControl } from '../servers/provider-control.ts'
import { startSampleApi, type RunningSampleApi } from '../servers/sample-api.ts'

export interface World {
  readonly publicUrl: string
  readonly provider: WorldProvider
  readonly api: WorldApi
  readonly bff: DemoBff
  /** Runs what was stopped, takes every lever back, and forgets all notes. */
  reset(): Promise<void>
  stop(): Promise<void>
}

export interface WorldProvider extends ProviderControl {
  readonly issuer: string
  stop(): Promise<void>
  start(): Promise<void>
}

export interface WorldApi {
  stop(): Promise<void>
  /** On the port that it had, and with no memory of what was before. */
  start(): Promise<void>
}

/** The demo as people start it, on free ports, with the levers that tests pull. */
export async function startWorld(): Promise<World> {
  const demo = await startDemoWorld().catch(withOutput)
  const { bff, provider, publicUrl } = demo
  const control = providerControl(provider)
  const api = restartable(demo.api, () =>
    startSampleApi({
      port: demo.api.port,
      issuer: provider.issuer,
      audience: provider.apiAudience,
    }),
  )
  return {
    publicUrl,
    provider: { ...control, issuer: provider.issuer, stop: provider.stop, start: provider.start },
    api,
    bff,
    async reset() {
      control.reset()
      await provider.start()
      await api.stop()
      await api.start()
      if (bff.process.exitCode !== null || bff.process.signalCode !== null) await bff.restart()
    },
    async stop() {
      await api.stop()
      await demo.stop()
    },
  }
}

function withOutput(error: unknown): never {
  if (!(error instanceof BffStartError)) throw error
  throw new Error(`${error.message}\n${error.output}`, { cause: error })
}

function restartable(first: RunningSampleApi, startAgain: () => Promise<RunningSampleApi>) {
  let running: RunningSampleApi | null = first
  return {
    async stop() {
      await running?.stop()
      running = null
    },
    async start() {
      running ??= await startAgain()
    },
  } satisfies WorldApi
}
