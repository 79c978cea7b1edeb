import { loginPath, type SignedInView } from '@strongroom/client'
import type { Configuration } from 'oidc-provider'
import type { Answer } from '../race/answer.ts'
import { racingBrowser, type RacingBrowser, type SendOptions } from '../race/racing-browser.ts'
import { sessionAt, untilExpired } from '../race/steps.ts'
import { startDemoWorld, type DemoWorld, type DemoWorldOptions } from '../servers/demo-world.ts'
import { scriptedBrowser, type ScriptedBrowser } from '../servers/scripted-browser.ts'

/** The demo's provider, configured to demand something, and Strongroom before it, until the test is over. */
export interface ProtocolWorld extends DemoWorld {
  readonly browser: RacingBrowser
  /** A call of a page, or with `navigates` a link that was followed. */
  send(path: string, options?: SendOptions): Promise<Answer>
  /**
   * Signs in as Ada, saying yes to everything.
   *
   * @param person  whose browser keeps what the provider gave it. @default somebody new
   * @returns where the browser was sent at the end
   */
  signIn(parameters?: Readonly<Record<string, string>>, person?: ScriptedBrowser): Promise<Answer>
  /**
   * Follows a link of the app to the provider and back, saying yes to everything.
   *
   * @returns where the browser was sent at the end
   */
  walk(path: string): Promise<Answer>
  /** null when nobody is signed in */
  session(): Promise<SignedInView | null>
  /** Waits until the access token is over by everybody's clock. */
  untilExpired(): Promise<void>
}

/** @param atEnd  takes what must be done when the test is over */
export async function protocolWorld(
  options: DemoWorldOptions,
  atEnd: (end: () => Promise<void> | void) => void,
): Promise<ProtocolWorld> {
  const world = await startDemoWorld(options)
  atEnd(() => world.stop())
  const { host, port } = new URL(world.publicUrl)
  const browser = racingBrowser(host)
  atEnd(() => browser.close())
  const door = { index: 0, port: Number(port) }
  const send = (path: string, sendOptions?: SendOptions) => browser.send(door, path, sendOptions)

  async function walk(path: string, person = scriptedBrowser()): Promise<Answer> {
    const begun = await send(path, { navigates: true })
    if (begun.location === null)
      throw new Error(`No sign-in began (${begun.status}): ${world.bff.output()}`)
    let stop = await person.follow(begun.location)
    while (stop.url.origin === world.provider.issuer) {
      if (!stop.page.includes('<form')) throw new Error(`The provider says: ${stop.page}`)
      const form = stop.page.includes('name="user"') ? { user: 'ada' } : { answer: 'yes' }
      stop = await person.follow(stop.url.href, form)
    }
    const back = await send(stop.url.pathname + stop.url.search, { navigates: true })
    if (back.status !== 303) throw new Error(`The sign-in failed: ${world.bff.output()}`)
    return back
  }

  return {
    ...world,
    browser,
    send,
    signIn(parameters = {}, person) {
      const query = new URLSearchParams(parameters)
      return walk(loginPath('/') + (query.size > 0 ? `&${query.toString()}` : ''), person)
    },
    walk,
    session: () => sessionAt(browser, door),
    untilExpired: () => untilExpired(browser, door),
  }
}

/** The same configuration with its one client registered otherwise. */
export function withClient(
  configuration: Configuration,
  changes: Readonly<Record<string, unknown>>,
): Configuration {
  const [client, ...others] = configuration.clients ?? []
  if (client === undefined) throw new RangeError('There is no client.')
  return { ...configuration, clients: [{ ...client, ...changes }, ...others] }
}
