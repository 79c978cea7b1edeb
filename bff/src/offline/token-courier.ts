import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describeCause } from '../base/describe-cause.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { Asked, Errand } from './answer-slot.ts'

/**
 * A small process of its own that makes token requests and writes their answers down. It outlives this one: a refresh token that
 * a rotating provider has taken is replaced by its answer alone, and this process may be killed while that is on its way.
 */
export interface TokenCourier {
  /** @returns null when there is no such process to be had */
  run(errand: Errand, key: CourierKey): Promise<Asked | null>
  /** Lets it go: it ends when what it has in hand is written down. */
  close(): void
}

/** What an answer is sealed with. */
export interface CourierKey {
  readonly id: string
  readonly secret: string
}

/** What goes over the channel between the two, which nobody else can read. */
export type ToCourier =
  | { readonly store: string }
  | { readonly id: number; readonly errand: Errand; readonly key: CourierKey }

export type FromCourier = 'ready' | { readonly id: number; readonly asked: Asked }

const readyWithinMilliseconds = 10_000

/** One that does not start is not tried again for so long. */
const pauseMilliseconds = 60_000

/** It holds memory, so it is let go when nothing was asked of it for so long. */
const idleMilliseconds = 60_000

/**
 * It carries small things and forgets them. Left to itself, Node takes a hundred megabytes from a large machine for what it has
 * not cleaned up yet.
 */
const smallHeap = ['--max-semi-space-size=2', '--heap-growing-percent=30']

const program = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? 'courier-process.ts' : 'courier-process.js',
    import.meta.url,
  ),
)

interface Running {
  readonly child: ChildProcess
  readonly ready: Promise<boolean>
  readonly waiting: Map<number, (asked: Asked | null) => void>
}

/**
 * @param store  the URL of the store, which both open
 * @param path  of its program, which may not be there where the app was bundled by somebody else
 */
export function tokenCourier(
  store: string,
  telemetry: Telemetry,
  path: string = program,
): TokenCourier {
  let running: Running | null = null
  let serial = 0
  let notBefore = 0
  let idle: ReturnType<typeof setTimeout> | undefined

  function start(): Running {
    // A session of its own: a signal to the group of this process, such as by Ctrl-C, does not reach it. No output: it has
    // nothing to say, and would hold the pipe open that somebody reads.
    const env = ownEnvironment()
    const child = fork(path, [], { detached: true, stdio: 'ignore', execArgv: smallHeap, env })
    const waiting: Running['waiting'] = new Map()
    const isReady = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => isReady.resolve(false), readyWithinMilliseconds)
    const started: Running = { child, waiting, ready: isReady.promise }
    child.on('message', (message: FromCourier) => {
      if (message === 'ready') return isReady.resolve(true)
      waiting.get(message.id)?.(message.asked)
      waiting.delete(message.id)
    })
    child.on('error', (error) => over(started, describeCause(error)))
    child.on('exit', (code, signal) => {
      isReady.resolve(false)
      over(started, signal ?? `exit code ${code}`)
    })
    void isReady.promise.then((ready) => {
      clearTimeout(timer)
      if (ready) return
      notBefore = performance.now() + pauseMilliseconds
      over(started, 'it did not start')
    })
    child.send({ store } satisfies ToCourier, (error) => error && isReady.resolve(false))
    child.unref()
    return started
  }

  function over(ended: Running, detail: string): void {
    if (running === ended) {
      running = null
      telemetry.record({ name: 'courier-lost', detail })
    }
    if (ended.child.connected) ended.child.disconnect()
    for (const settle of ended.waiting.values())
      settle({ failed: 'the process that asked is gone' })
    ended.waiting.clear()
  }

  function letGo(): void {
    const { child } = running ?? {}
    running = null
    if (child?.connected) child.disconnect()
  }

  /** While something is asked of it, this process waits for it; a process that has nothing else to do may end. */
  function hold({ child, waiting }: Running): void {
    clearTimeout(idle)
    if (waiting.size > 0) child.channel?.ref()
    else {
      child.channel?.unref()
      idle = setTimeout(letGo, idleMilliseconds).unref()
    }
  }

  return {
    async run(errand, key) {
      if (running === null && performance.now() < notBefore) return null
      const courier = (running ??= start())
      if (!(await courier.ready)) return null
      serial += 1
      const id = serial
      const asked = new Promise<Asked | null>((settle) => courier.waiting.set(id, settle))
      hold(courier)
      courier.child.send({ id, errand, key } satisfies ToCourier, (error) => {
        // It never left.
        if (error) courier.waiting.get(id)?.(null)
      })
      return asked.finally(() => {
        courier.waiting.delete(id)
        hold(courier)
      })
    },
    close() {
      clearTimeout(idle)
      letGo()
    },
  }
}

/** What it needs to reach the provider as this process does, but none of the secrets. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const {
    SESSION_SECRET: _secret,
    OIDC_CLIENT_SECRET: _clientSecret,
    OIDC_CLIENT_KEY: _clientKey,
    ...rest
  } = process.env
  return rest
}
