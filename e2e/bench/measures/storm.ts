import { setTimeout as pause } from 'node:timers/promises'
import { count, others, type Answer } from '../../race/answer.ts'
import { racingBrowser } from '../../race/racing-browser.ts'
import { startRaceUpstream, type RaceUpstream } from '../../race/upstream.ts'
import type { Contender } from '../contenders/contender.ts'
import type { Bench, Finding, Measure } from './measure.ts'

const calls = 50
const accessTokenSeconds = 3
const providerMilliseconds = 100

/** By everybody's clock: some count in whole seconds, and the API allows for one second. */
const expiredAfterMilliseconds = (accessTokenSeconds + 1.5) * 1000

interface Storm {
  readonly tokenRequests: number
  readonly answers: readonly Answer[]
  readonly straggler: Answer
  readonly stragglerTokenRequests: number
  /** Whether a call succeeds once the new token has expired as well. */
  readonly alive: boolean
}

/** Fifty calls when the access token has expired, against a provider that takes reuse of a refresh token for theft. */
export const storm: Measure = {
  name: 'storm',
  about: '50 calls at expiry: token requests, answers, and whether the session lives',
  quick: true,
  async run(bench) {
    const upstream = await startRaceUpstream()
    const storms = new Map<Contender, Storm>()
    for (const contender of bench.contenders.filter(({ signsIn }) => signsIn)) {
      bench.say(`storm: ${contender.name}`)
      storms.set(contender, await stormAt(bench, contender, upstream))
    }
    await upstream.stop()
    return report(storms)
  },
}

async function stormAt(
  { world }: Bench,
  contender: Contender,
  upstream: RaceUpstream,
): Promise<Storm> {
  const { control } = world
  control.reset()
  const running = await world.start(contender, { accessTokenSeconds, upstreamUrl: upstream.url })
  const door = { index: 0, port: running.port }
  const browser = racingBrowser(new URL(world.publicUrl).host)
  const call = (cookies?: string) =>
    browser.send(door, '/api/notes', cookies === undefined ? {} : { cookies })
  const refreshes = () => control.tokenRequests('refresh_token')
  try {
    browser.jar.apply(running.headers['Cookie']?.split('; ') ?? [])
    const before = browser.jar.header()
    control.delayTokenEndpoint(providerMilliseconds)
    await pause(expiredAfterMilliseconds)

    const answers = await Promise.all(Array.from({ length: calls }, () => call()))
    const tokenRequests = refreshes()
    await pause(1000)
    const straggler = await call(before)
    const stragglerTokenRequests = refreshes() - tokenRequests
    await pause(expiredAfterMilliseconds)
    const { status } = await call()
    return { tokenRequests, answers, straggler, stragglerTokenRequests, alive: status === 200 }
  } finally {
    browser.close()
    await running.stop()
    control.reset()
  }
}

function report(storms: ReadonlyMap<Contender, Storm>): Finding {
  const rows = [...storms].map(([{ name }, storm]) => [
    name,
    String(storm.tokenRequests),
    String(count(storm.answers, 200)),
    others(storm.answers) || '–',
    String(storm.straggler.status),
    String(storm.stragglerTokenRequests),
    storm.alive ? 'yes' : 'no',
  ])
  return {
    title: 'A refresh storm',
    method:
      `${calls} calls of one browser when its access token has expired, a provider that takes ${providerMilliseconds} ms ` +
      `for a token and ends the grant when a refresh token is used twice; then, a second later, a straggler with the ` +
      `cookie from before; then, when the new token has expired too, one more call.`,
    head: [
      'contender',
      'token requests',
      `200 of ${calls}`,
      'other answers',
      'straggler',
      'its token requests',
      'session lives',
    ],
    rows,
    data: Object.fromEntries([...storms].map(([{ name }, storm]) => [name, storm])),
  }
}
