import { setTimeout as pause } from 'node:timers/promises'
import { loginPath, routes, type SignedInView } from '@strongroom/client'
import { sessionViewSchema } from '@strongroom/client/schemas'
import { scriptedBrowser } from '../servers/scripted-browser.ts'
import { count, others, type Answer } from './answer.ts'
import type { Checklist, TokenRequests } from './race-case.ts'
import type { RaceInstance, RaceWorld } from './race-world.ts'
import {
  racingBrowser,
  type RacingBrowser,
  type Recipient,
  type SendOptions,
} from './racing-browser.ts'

export interface SignInTerms {
  /** Of the access token that the sign-in brings. */
  readonly firstTokenSeconds: number
  /** Of those that come after it. */
  readonly laterTokenSeconds: number
}

/** A token that is over before anybody can use it, and one that outlives the case. */
export const overAtOnce: SignInTerms = { firstTokenSeconds: 1, laterTokenSeconds: 120 }

/** Signs in through the first instance, over HTTP, as a person would, in a world where nothing was counted yet. */
export async function signIn(world: RaceWorld, terms: SignInTerms): Promise<RacingBrowser> {
  world.reset()
  world.control.setAccessTokenSeconds(terms.firstTokenSeconds)
  const browser = racingBrowser(new URL(world.publicUrl).host)
  const door = at(world.instances, 0)
  const begun = await browser.send(door, loginPath('/'), { navigates: true })
  const callback = await signInAtProvider(world, begun.location ?? '')
  const back = await browser.send(door, callback.pathname + callback.search, { navigates: true })
  if (!browser.jar.holdsSession()) throw new Error(`The sign-in failed with ${back.status}.`)
  world.control.setAccessTokenSeconds(terms.laterTokenSeconds)
  // The sign-in came through it as well.
  world.gate.reset()
  return browser
}

/** Walks through whatever pages the provider shows, and says yes to everything. @returns where it leads back to */
async function signInAtProvider({ provider }: RaceWorld, url: string): Promise<URL> {
  const person = scriptedBrowser()
  let stop = await person.follow(url)
  while (stop.url.origin === provider.issuer) {
    const form = stop.page.includes('name="user"') ? { user: 'ada' } : { answer: 'yes' }
    stop = await person.follow(stop.url.href, form)
  }
  return stop.url
}

export async function sessionAt(
  browser: RacingBrowser,
  instance: Recipient,
): Promise<SignedInView | null> {
  const { body } = await browser.send(instance, routes.session)
  const view = sessionViewSchema.safeParse(body)
  return view.success && view.data.authenticated ? view.data : null
}

const longestWaitSeconds = 15

/** Waits until the access token is over by everybody's clock. */
export async function untilExpired(browser: RacingBrowser, instance: Recipient): Promise<void> {
  const view = await sessionAt(browser, instance)
  if (!view) throw new Error('The session was over before its token.')
  await until(() => Date.now() >= view.token.expiresAt * 1000, longestWaitSeconds)
}

/** Looks again and again, for at most so long. @returns whether it came true */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  withinSeconds: number,
): Promise<boolean> {
  const giveUpAt = Date.now() + withinSeconds * 1000
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) return false
    await pause(10)
  }
  return true
}

/** @returns whether it happened within so many seconds */
export async function soon(event: Promise<unknown>, withinSeconds: number): Promise<boolean> {
  const giveUp = new AbortController()
  const tooLate = pause(withinSeconds * 1000, false, { signal: giveUp.signal })
  tooLate.catch(() => {})
  const happened = await Promise.race([event.then(() => true), tooLate])
  giveUp.abort()
  return happened
}

/** So many calls at the same moment, dealt out among the instances. */
export function fire(
  browser: RacingBrowser,
  instances: readonly RaceInstance[],
  calls: number,
  options?: SendOptions,
): Promise<Answer[]> {
  const sent = Array.from({ length: calls }, (_, index) =>
    browser.send(at(instances, index % instances.length), `${routes.api}/ping`, options),
  )
  return Promise.all(sent)
}

export function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new RangeError(`There is no item ${index}.`)
  return item
}

/** Counted where it matters, at the provider, once it has nothing left to answer. */
export async function refreshes({ control, gate }: RaceWorld): Promise<TokenRequests> {
  await gate.settled(longestWaitSeconds)
  const refused = control.refusedTokenRequests('refresh_token')
  return { granted: control.tokenRequests('refresh_token') - refused, refused }
}

/** Whether every instance knows the session, and the provider its newest refresh token. */
export async function isAlive(
  world: RaceWorld,
  browser: RacingBrowser,
  instances: readonly RaceInstance[] = world.instances,
): Promise<boolean> {
  for (const instance of instances) if (!(await sessionAt(browser, instance))) return false
  const newest = world.control.issuedTokens().findLast(({ kind }) => kind === 'refresh_token')
  return newest !== undefined && world.control.isActive(newest.value)
}

export function mustBeOneRefresh(check: Checklist, { granted, refused }: TokenRequests): void {
  check.that(granted === 1, `The provider granted ${granted} refreshes instead of 1.`)
  check.that(refused === 0, `The provider refused ${refused} refreshes.`)
}

export function mustAllBe200(check: Checklist, answers: readonly Answer[], when = ''): void {
  const good = count(answers, 200)
  const name = when === '' ? '' : ` ${when}`
  check.that(
    good === answers.length,
    `Of ${answers.length} calls${name} ${good} were answered 200; the others: ${others(answers)}.`,
  )
}

export function mustAllBe(
  check: Checklist,
  answers: readonly Answer[],
  allowed: readonly (readonly [status: number, code: string | null])[],
  when: string,
): void {
  const wrong = answers.filter(
    ({ status, code }) => !allowed.some(([one, its]) => one === status && its === code),
  )
  check.that(wrong.length === 0, `Of ${answers.length} calls ${when} some got ${others(wrong)}.`)
}

export function mustBeQuick(
  check: Checklist,
  answers: readonly Answer[],
  seconds: number,
  when: string,
): void {
  const late = answers.filter(({ milliseconds }) => milliseconds > seconds * 1000)
  check.that(late.length === 0, `${late.length} calls ${when} took longer than ${seconds} s.`)
}

export function mustLive(check: Checklist, alive: boolean): void {
  check.that(alive, 'The session did not live on.')
}
