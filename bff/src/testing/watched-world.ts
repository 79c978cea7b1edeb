import { createKeyRing } from '../base/key-ring.ts'
import type { Store } from '../keyvalue/store.ts'
import type { Event } from '../observability/events.ts'
import { logTelemetry } from '../observability/telemetry.ts'
import type { BffOptions } from '../options/options.ts'
import { meddledStore } from './meddled-store.ts'
import { secretSearch, type SecretSearch } from './secret-search.ts'
import type { Host } from './simulated-internet.ts'
import { clientSecret, issuer, publicUrl, secret, testBff, type TestBff } from './test-bff.ts'

/** A world in which every secret value is known, and everything that is said to a log or a browser is kept. */
export interface WatchedWorld extends TestBff {
  readonly search: SecretSearch
  /** The log as it is written, at the most talkative level. */
  log(): string
  /** Every answer to the browser: all of it but cookies, redirects, and what an API says itself. */
  answers(): string
  /** Lets the provider answer with all that it was asked, credentials included. */
  echoAt(path: string, answer: (echo: string) => Response): void
  readonly store: Store & { failing: boolean }
}

export async function watchedWorld(options: Partial<BffOptions> = {}): Promise<WatchedWorld> {
  const search = secretSearch()
  const written: string[] = []
  const answered: string[] = []
  const store = talkativeStore(search)
  const log = logTelemetry('trace', { write: (line) => void written.push(line) })
  const events: Event[] = []
  const telemetry = { record: (event: Event) => (events.push(event), log.record(event)) }
  const world = await testBff({ store, telemetry, ...options })
  const echoes = new Map<string, (echo: string) => Response>()
  search.know(secret, clientSecret, ...derivedFrom(secret))

  world.internet.host(issuer, async (request) => {
    const body = await request.clone().text()
    knowSecretsOf(search, request, body)
    const echo = echoes.get(new URL(request.url).pathname)
    if (echo) return echo(`${request.url} ${JSON.stringify([...request.headers])} ${body}`)
    const answer = await world.provider.app.fetch(request)
    search.know(...world.provider.issued)
    return answer
  })
  world.internet.host(publicUrl, async (request) => {
    search.know(...pairs(request.headers.get('Cookie') ?? ''))
    const answer = await world.bff.app.fetch(request)
    for (const line of answer.headers.getSetCookie())
      search.know(...pairs(line.split('; ')[0] ?? ''))
    answered.push(await told(answer))
    return answer
  })
  return {
    ...world,
    events,
    search,
    store,
    log: () => written.join(''),
    answers: () => answered.join('\n'),
    echoAt: (path, answer) => void echoes.set(path, answer),
    eventsNamed: <N extends Event['name']>(name: N) =>
      events.filter((event): event is Extract<Event, { name: N }> => event.name === name),
    set api(host: Host) {
      world.api = host
    },
    get api() {
      return world.api
    },
  }
}

/** Everything that a caller of the provider proves itself with, and everything that ties an answer to an attempt. */
const secretFields = [
  'client_secret',
  'code',
  'code_verifier',
  'id_token_hint',
  'nonce',
  'refresh_token',
  'state',
  'token',
]

function knowSecretsOf(search: SecretSearch, request: Request, body: string): void {
  const asked = [new URL(request.url).searchParams, new URLSearchParams(body)]
  for (const fields of asked) search.know(...secretFields.map((name) => fields.get(name)))
  search.know(request.headers.get('Authorization'))
}

/** The values of cookies, and what a seal is put together of. */
function pairs(cookies: string): string[] {
  return cookies.split('; ').flatMap((pair) => {
    const value = pair.slice(pair.indexOf('=') + 1)
    return [value, ...value.split(/[.*]/)]
  })
}

function derivedFrom(from: string): string[] {
  const ring = createKeyRing([from])
  return (['session', 'ticket', 'login', 'store'] as const).flatMap((purpose) => [
    ring.keys(purpose).sealing.key.export().toString('hex'),
    ring.keys(purpose).sealing.key.export().toString('base64url'),
    ...Object.values(ring.passwords(purpose).sealing),
  ])
}

const unsearched = new Set(['set-cookie', 'location'])

async function told(answer: Response): Promise<string> {
  const headers = [...answer.headers].filter(([name]) => !unsearched.has(name))
  const ownAnswer = answer.headers.get('X-From') !== 'api'
  return `${answer.status} ${JSON.stringify(headers)} ${ownAnswer ? await answer.clone().text() : ''}`
}

/** A store whose errors, while it fails, quote all that it was asked. What it is given, sealed as it is, is known. */
function talkativeStore(search: SecretSearch): Store & { failing: boolean } {
  const inner = meddledStore((name, parameters, ask) => {
    for (const value of parameters)
      if (typeof value === 'string' && value.includes('.')) search.know(...value.split('.'))
    if (store.failing) throw new Error(`ERR ${name} with ${parameters.join(' ')}`)
    return ask()
  })
  const store = { ...inner, failing: false }
  return store
}
