import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { grantConnectPath, loginPath, routes } from '@strongroom/client'
import { grantListSchema } from '@strongroom/client/schemas'
import { openRaceStore, type RaceStore, type StoreKind } from '../race/race-store.ts'
import { racingBrowser, type RacingBrowser } from '../race/racing-browser.ts'
import { startBffProcess } from '../servers/bff-process.ts'
import { demoUsers } from '../servers/demo-users.ts'
import { freePort } from '../servers/ports.ts'
import { providerControl, type ProviderControl } from '../servers/provider-control.ts'
import { startProvider, type RunningProvider } from '../servers/provider.ts'
import { scriptedBrowser, type ScriptedBrowser } from '../servers/scripted-browser.ts'
import { startCountingApi, type CountingApi } from './counting-api.ts'
import { slowTokenEndpoint, type SlowTokenEndpoint } from './slow-token-endpoint.ts'

/** A server that users connect grants at, and a runner of jobs beside it that can be killed. */
export interface KillWorld {
  readonly provider: RunningProvider
  readonly control: ProviderControl
  readonly tokenEndpoint: SlowTokenEndpoint
  readonly api: CountingApi
  /** The grants that are connected. */
  readonly lines: number
  startRunner(): ChildProcess
  /** What `strongroom jobs run <job> --all --json` tells, a run each. */
  runNow(job: string): Promise<readonly { readonly sub: string; readonly outcome: string }[]>
  /** The state of every grant, as its user is told. */
  grantStates(): Promise<readonly string[]>
  /** What runners wrote, the newest 64 kB. */
  log(): string
  stop(): Promise<void>
}

const settings = fileURLToPath(new URL('./settings', import.meta.url))
const program = fileURLToPath(new URL('../../bff/strongroom.mjs', import.meta.url))
const jobs = ['job-one', 'job-two', 'job-three', 'job-four']
const grants = jobs.map((job) => job.replace('job-', ''))
const logLimit = 64 * 1024

export async function startKillWorld(kind: StoreKind, random: () => number): Promise<KillWorld> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const one of stops.splice(0).toReversed()) await one()
  }
  try {
    const port = await freePort()
    const publicUrl = `http://localhost:${port}`
    const provider = await startProvider({ publicUrl, accessTokenSeconds: 1 })
    stops.push(provider.stop)
    const control = providerControl(provider)
    const tokenEndpoint = slowTokenEndpoint(random)
    provider.inner.use(tokenEndpoint.middleware)
    const api = await startCountingApi()
    stops.push(api.stop)
    const store = await openRaceStore(kind)
    stops.push(store.stop)
    const env = environment({ api, port, provider, publicUrl, store })
    const server = await startBffProcess({ publicUrl, env, folder: settings })
    stops.push(() => server.stop())
    const browsers = await Promise.all(
      demoUsers.map(({ sub }) => connectAll(sub, { port, provider, publicUrl })),
    )
    stops.push(async () => browsers.forEach((browser) => browser.close()))
    let log = ''

    function run(args: readonly string[]) {
      const child = spawn(process.execPath, [program, 'jobs', ...args], {
        cwd: settings,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const endWithUs = () => void child.kill('SIGKILL')
      process.once('exit', endWithUs)
      child.once('exit', () => process.off('exit', endWithUs))
      child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-logLimit)))
      return child
    }

    return {
      provider,
      control,
      tokenEndpoint,
      api,
      lines: browsers.length * grants.length,
      startRunner() {
        const child = run([])
        child.stdout.on(
          'data',
          (chunk: Buffer) => (log = (log + chunk.toString()).slice(-logLimit)),
        )
        stops.push(() => ended(child, 'SIGKILL'))
        return child
      },
      async runNow(job) {
        const child = run(['run', job, '--all', '--json'])
        const exit = once(child, 'exit')
        const said = await text(child.stdout)
        const [code] = (await exit) as [number | null]
        log += `run ${job} ended with ${code}\n`
        return said
          .trim()
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as { readonly sub: string; readonly outcome: string })
      },
      async grantStates() {
        const answers = await Promise.all(
          browsers.map((browser) => browser.send({ index: 0, port }, routes.grants)),
        )
        return answers.flatMap(({ body, status }) => {
          const read = grantListSchema.safeParse(body)
          return read.success ? read.data.grants.map(({ state }) => state) : [`answer ${status}`]
        })
      },
      log: () => log,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

export { jobs as killJobs }

/** Gone, by this signal if it is not already. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}

interface Place {
  readonly port: number
  readonly publicUrl: string
  readonly provider: RunningProvider
}

/** Signs one person in, and connects every grant, as they would: page by page. */
async function connectAll(user: string, place: Place): Promise<RacingBrowser> {
  const browser = racingBrowser(new URL(place.publicUrl).host)
  const person = scriptedBrowser()
  await walk(browser, person, loginPath('/'), user, place)
  for (const grant of grants) await walk(browser, person, grantConnectPath(grant, '/'), user, place)
  return browser
}

async function walk(
  browser: RacingBrowser,
  person: ScriptedBrowser,
  path: string,
  user: string,
  { port, provider }: Place,
): Promise<void> {
  const door = { index: 0, port }
  const begun = await browser.send(door, path, { navigates: true })
  if (begun.location === null) throw new Error(`${path} answered ${begun.status}`)
  let stop = await person.follow(begun.location)
  while (stop.url.origin === provider.issuer) {
    const form = stop.page.includes('name="user"') ? { user } : { answer: 'yes' }
    stop = await person.follow(stop.url.href, form)
  }
  const back = await browser.send(door, stop.url.pathname + stop.url.search, { navigates: true })
  if (back.status >= 400) throw new Error(`${path} ended with ${back.status}`)
}

interface EnvironmentParts extends Place {
  readonly api: CountingApi
  readonly store: RaceStore
}

function environment({ api, port, provider, publicUrl, store }: EnvironmentParts) {
  return {
    PUBLIC_URL: publicUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_SCOPE: 'openid profile offline_access notes',
    API_UPSTREAM: api.url,
    SESSION_SECRET: randomBytes(32).toString('base64url'),
    STORE_URL: store.url,
    SPA_DIR: '',
    JOBS_RUN: 'elsewhere',
    LOG_LEVEL: 'info',
  }
}
