import type { BrowserSession, ResumeOptions } from './browser-session.ts'
import { ProblemError } from './call-failure.ts'
import { canBeSentAgain, type OutgoingCall } from './client.ts'
import { problemOf } from './patiently.ts'
import type { Problem } from './problems.ts'
import {
  isSignedIn,
  keyOf,
  knownView,
  mayResume,
  successorMilliseconds,
  type SessionState,
} from './session-state.ts'
import { tabChannel } from './tab-channel.ts'
import { waitingCalls } from './waiting-calls.ts'

/** That calls wait for a stronger or fresher sign-in. A new object each time that anything of it has changed. */
export interface StepUpState {
  /** What it must be like, for the provider (RFC 9470), so that it does for all calls that wait. */
  readonly parameters: Partial<Record<'acr_values' | 'max_age', string>>
  /** How many calls wait. */
  readonly waiting: number
}

/** Shaped for React's `useSyncExternalStore`, and for anything else. */
export interface StepUp {
  /** null while no call waits. */
  getSnapshot(): StepUpState | null
  /** Calls wait only while somebody listens, who can offer to sign in. @returns stops listening */
  subscribe(listener: () => void): () => void
  /**
   * Opens the sign-in beside the page, which stays as it is. To be called in a click.
   *
   * @returns whether it was let through; if not, show a link to `path()` with `target="_blank"`
   */
  open(options?: Pick<ResumeOptions, 'open'>): boolean
  /** The path to open for it. */
  path(): string
  /** Lets the calls that wait fail with `step_up_required`. */
  cancel(): void
}

/**
 * From now on a call that is answered with `step_up_required` waits until the same user has signed in as it demands, and is then
 * sent once more. Where nothing comes of it, or it was not enough, the call fails with that problem.
 *
 * @example
 * const stepUp = createStepUp(session)
 * stepUp.subscribe(() => showDialog(stepUp.getSnapshot()))
 */
export function createStepUp(session: BrowserSession): StepUp {
  const listeners = new Set<() => void>()
  const calls = waitingCalls(setWaiting)
  const channel = tabChannel(session.client.baseUrl, ({ type }) => {
    if (type === 'look') void judge()
  })
  let state: StepUpState | null = null
  let parameters: StepUpState['parameters'] = {}
  let key: string | null = null
  let deaf: (() => void) | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  function setWaiting(waiting: number): void {
    state = waiting > 0 ? { parameters, waiting } : null
    if (state) {
      channel.open()
      deaf ??= session.subscribe(sessionChanged)
    } else {
      // A page that holds a channel is not kept for the back button.
      channel.close()
      deaf?.()
      deaf = null
      clearTimeout(timer)
    }
    for (const listener of listeners) listener()
  }

  function sessionChanged(): void {
    const now = session.getSnapshot()
    clearTimeout(timer)
    if (now.status === 'ended' && now.reason === 'user-changed')
      calls.release(new ProblemError({ kind: 'user-changed' }))
    // A look of the page may cross the sign-in: the old session is over by then, and the new one's cookie still on its way.
    else if (mayResume(now)) timer = setTimeout(judge, successorMilliseconds)
    else if (keyOf(now) !== key) calls.release(isSignedIn(now))
  }

  /** A sign-in beside a page is over: ours, or another tab's. If it began no session, nothing came of it. */
  async function judge(): Promise<void> {
    await session.check()
    calls.release(false)
  }

  session.client.use(async function stepUp(call, next) {
    const owner = ownerOf(session.getSnapshot())
    const response = await next(call)
    const problem = response.status === 401 ? await problemOf(response) : null
    if (problem?.code !== 'step_up_required' || !mayWait(call)) return response
    let now = session.getSnapshot()
    if (!isSignedIn(now)) now = await session.check()
    if (!isSignedIn(now) || (owner !== undefined && ownerOf(now) !== owner)) return response
    key = keyOf(now)
    const demanded = parametersOf(problem)
    parameters = state ? bothOf(parameters, demanded) : demanded
    return (await calls.wait(call.init.signal)) ? next(call) : response
  })

  function mayWait({ init }: OutgoingCall): boolean {
    return listeners.size > 0 && !init.background && canBeSentAgain(init.body)
  }

  return {
    getSnapshot: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open: (options) => session.resume({ ...options, parameters }),
    path: () => session.resumePath(parameters),
    cancel: () => calls.release(false),
  }
}

function parametersOf({ acr_values, max_age }: Problem): StepUpState['parameters'] {
  return {
    ...(acr_values !== undefined && { acr_values }),
    ...(max_age !== undefined && { max_age: String(max_age) }),
  }
}

/** The shorter age, and the values that do for both. Where there are none, no sign-in does for both, and the newest is asked for. */
function bothOf(
  earlier: StepUpState['parameters'],
  newest: StepUpState['parameters'],
): StepUpState['parameters'] {
  const inBoth = newest.acr_values
    ?.split(' ')
    .filter((value) => earlier.acr_values?.split(' ').includes(value))
    .join(' ')
  const ages = [earlier.max_age, newest.max_age].filter((age) => age !== undefined)
  return {
    ...earlier,
    ...newest,
    ...(inBoth && { acr_values: inBoth }),
    ...(ages.length > 0 && { max_age: String(Math.min(...ages.map(Number))) }),
  }
}

function ownerOf(state: SessionState): string | undefined {
  return knownView(state)?.session.owner
}
