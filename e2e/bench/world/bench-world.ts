import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../servers/ports.ts'
import { providerControl, type ProviderControl } from '../../servers/provider-control.ts'
import { startProvider, type RunningProvider } from '../../servers/provider.ts'
import { signIn } from '../../servers/scripted-browser.ts'
import type { Client, Contender, Place } from '../contenders/contender.ts'
import {
  startCannedUpstream,
  startStreamingUpstream,
  type RunningUpstream,
} from '../upstreams/start.ts'
import { runContender, type RunningContender } from './run-contender.ts'

/** Everything around a contender: a real provider, the APIs, and a place to run. */
export interface BenchWorld {
  readonly publicUrl: string
  readonly control: ProviderControl
  /** Of the short calls. */
  readonly upstream: RunningUpstream
  /** Of large bodies and streams. */
  readonly streaming: RunningUpstream
  readonly folder: string
  readonly bearer: string
  /** Where a contender would run. What it is told may differ for this one. */
  place(changes?: Partial<Place>): Promise<Place>
  /** Starts a fresh process, and signs in where it keeps sessions. */
  start(contender: Contender, changes?: Partial<Place>): Promise<RunningContender>
  stop(): Promise<void>
}

/** More people than ever sign in. */
const crowd = 1_000_000

/** Longer than any measurement. */
const longTokenSeconds = 8 * 3600

export async function startBenchWorld(): Promise<BenchWorld> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    await Promise.all(stops.splice(0).map((stopOne) => stopOne()))
  }
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  try {
    const port = await freePort()
    const publicUrl = `http://localhost:${port}`
    const provider = await startProvider({ publicUrl, accessTokenSeconds: longTokenSeconds, crowd })
    stops.push(provider.stop)
    const control = providerControl(provider)
    const basicClient = await registerBasicClient(provider, publicUrl)
    const upstream = await startCannedUpstream(folder)
    stops.push(upstream.stop)
    const streaming = await startStreamingUpstream()
    stops.push(streaming.stop)
    const { access_token: bearer } = await signIn(provider)
    const secret = randomBytes(32).toString('base64url')
    let places = 0

    async function place(changes: Partial<Place> = {}): Promise<Place> {
      places += 1
      const own = join(folder, String(places))
      mkdirSync(own)
      return {
        port,
        publicUrl,
        issuer: provider.issuer,
        client: { id: provider.clientId, secret: provider.clientSecret },
        basicClient,
        upstreamUrl: upstream.url,
        accessTokenSeconds: longTokenSeconds,
        bearer,
        secret,
        folder: own,
        ...changes,
      }
    }

    return {
      publicUrl,
      control,
      upstream,
      streaming,
      folder,
      bearer,
      place,
      async start(contender, changes) {
        control.setAccessTokenSeconds(changes?.accessTokenSeconds ?? longTokenSeconds)
        return runContender(contender, await place(changes))
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @hono/oidc-auth knows no other way to authenticate, and the demo's client takes only `client_secret_post`. */
async function registerBasicClient({ inner }: RunningProvider, publicUrl: string): Promise<Client> {
  const client = { id: 'bench-basic', secret: randomBytes(32).toString('base64url') }
  await inner.store.adapter('Client').upsert(
    client.id,
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [`${publicUrl}/auth/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    } as never,
    longTokenSeconds,
  )
  return client
}
