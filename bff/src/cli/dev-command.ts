import { relative } from 'node:path'
import { CannotStart } from '../dev/cannot-start.ts'
import { openDevelopment, type Development } from '../dev/development.ts'
import { startDevServer } from '../dev/dev-server.ts'
import { isAnswering } from '../dev/is-answering.ts'
import { howToTrust, localCertificate, type LocalCertificate } from '../dev/local-certificate.ts'
import { addEnvironmentFile } from '../options/environment-file.ts'
import { faultReport } from '../options/fault-report.ts'
import { read } from '../options/given.ts'
import { commandLine } from './command-line.ts'
import { devSummary } from './dev-summary.ts'
import { wrong } from './wrong.ts'

const mostPort = 65_535
/** What is under way when it ends is of no use to anybody. */
const graceMilliseconds = 1000

interface Asked {
  readonly spa: URL
  readonly port: number
  readonly host: string
  readonly https: boolean
  readonly api: string | undefined
  readonly providerPort: number | undefined
  readonly audience: string | undefined
}

/** `strongroom dev …` @returns the exit code */
export async function devCommand(args: readonly string[]): Promise<number> {
  const folder = process.cwd()
  const unreadable = addEnvironmentFile(process.env, folder)
  if (unreadable.length > 0) {
    process.stderr.write(faultReport(unreadable))
    return 2
  }
  const { env } = process
  const asked = readArguments(args, env)
  if (typeof asked === 'string') return wrong(asked, 'dev')
  try {
    await serve(asked, folder, env)
    return await untilStopped
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error
    process.stderr.write(`${error.message.trimEnd()}\n`)
    return 2
  }
}

/** It ends with its process. */
const untilStopped = new Promise<number>(() => {})

async function serve(asked: Asked, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { api, audience, host, https, port, providerPort, spa } = asked
  const certificate = https ? await localCertificate(folder) : null
  const development = await openDevelopment({
    folder,
    publicUrl: `${https ? 'https' : 'http'}://localhost:${port}`,
    env: { ...env, ...(api !== undefined && { API_UPSTREAM: api }) },
    demoProvider: {
      ...(providerPort !== undefined && { port: providerPort }),
      ...(audience !== undefined && { audience }),
    },
  })
  stopOnSignal(development)
  await startDevServer(development, { spa, host, port, tls: certificate })
  const { demoProvider, issuer, publicUrl, upstreams } = development
  const targets = [spa.href, ...upstreams.map(({ target }) => target)]
  const answering = await Promise.all(targets.map(isAnswering))
  process.stdout.write(
    devSummary({
      publicUrl,
      spa,
      issuer,
      audience: demoProvider?.apiAudience ?? null,
      upstreams,
      silent: targets.filter((_, at) => answering[at] === false),
      trust: certificate && trustOf(certificate),
    }),
  )
}

function trustOf({ path }: LocalCertificate): string {
  return howToTrust(relative(process.cwd(), path))
}

function stopOnSignal({ bff, close, demoProvider }: Development): void {
  async function end(): Promise<void> {
    setTimeout(() => process.exit(0), graceMilliseconds).unref()
    await Promise.allSettled([bff.endStreams(), demoProvider?.stop()])
    await close().catch(() => {})
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void end())
}

function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): Asked | string {
  const line = commandLine({
    args: [...args],
    options: {
      spa: { type: 'string', default: 'http://localhost:5173' },
      api: { type: 'string' },
      port: { type: 'string', default: read(env, 'PORT') },
      https: { type: 'boolean', default: false },
      'provider-port': { type: 'string' },
      audience: { type: 'string' },
    },
  })
  if (typeof line === 'string') return line
  const { values } = line
  const spa = URL.parse(values.spa)
  const providerPort = values['provider-port']
  if (spa === null || !/^https?:$/.test(spa.protocol))
    return `--spa ${values.spa} is not a URL. Give the address of the app’s dev server, such as http://localhost:5173.`
  if (values.api !== undefined && !/^https?:/.test(URL.parse(values.api)?.protocol ?? ''))
    return `--api ${values.api} is not a URL. Give the address of your API, such as http://localhost:4000.`
  if (!isPort(values.port)) return `--port needs a number from 1 to ${mostPort}.`
  if (providerPort !== undefined && !isPort(providerPort))
    return `--provider-port needs a number from 1 to ${mostPort}.`
  return {
    spa,
    api: values.api,
    port: Number(values.port),
    host: read(env, 'HOST'),
    https: values.https,
    providerPort: providerPort === undefined ? undefined : Number(providerPort),
    audience: values.audience,
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= mostPort
}
