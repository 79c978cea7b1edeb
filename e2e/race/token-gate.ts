import { setTimeout as pause } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderMiddleware } from '../servers/provider.ts'

/**
 * Stands before the token endpoint. A request that is held here has not reached the provider, and if its sender goes
 * away meanwhile, it never does.
 */
export interface TokenGate {
  readonly middleware: ProviderMiddleware
  holdNext(): Held
  /** Lets the next request through, and holds what the provider answers. */
  holdNextAnswer(): Held
  /** Requests that came as far as this gate, dropped ones included. */
  arrivals(): number
  /** Tokens that were handed in to be revoked, and taken. */
  revocations(): readonly string[]
  /** Waits until no request is between the gate and its answer. */
  settled(withinSeconds: number): Promise<void>
  reset(): void
}

export interface Held {
  readonly arrived: Promise<void>
  /** Its sender has gone; a request that was held is never seen by the provider. */
  readonly dropped: Promise<void>
  release(): void
}

interface Hold extends Held {
  readonly what: 'request' | 'answer'
  readonly released: Promise<void>
  arrive(): void
  drop(): void
}

export function tokenGate(): TokenGate {
  const holds: Hold[] = []
  let arrivals = 0
  const underWay = new Set<KoaContextWithOIDC>()
  const revocations: string[] = []

  async function middleware(ctx: KoaContextWithOIDC, next: () => Promise<unknown>): Promise<void> {
    if (ctx.path !== '/token' || ctx.method !== 'POST') {
      await next()
      return noteRevocation(ctx)
    }
    arrivals += 1
    underWay.add(ctx)
    try {
      const hold = holds.shift()
      if (hold?.what === 'answer') await next()
      const gone = hold !== undefined && (await goneWhileHeld(hold, ctx))
      if (gone) ctx.respond = false
      else if (hold?.what !== 'answer') await next()
    } finally {
      underWay.delete(ctx)
    }
  }

  function hold(what: Hold['what']): Hold {
    const hold = newHold(what)
    holds.push(hold)
    return hold
  }

  function noteRevocation(ctx: KoaContextWithOIDC): void {
    if (ctx.path !== '/token/revocation' || ctx.status !== 200) return
    const token = ctx.oidc.params?.['token']
    if (typeof token === 'string') revocations.push(token)
  }

  return {
    middleware,
    holdNext: () => hold('request'),
    holdNextAnswer: () => hold('answer'),
    arrivals: () => arrivals,
    revocations: () => [...revocations],
    async settled(withinSeconds) {
      const giveUpAt = Date.now() + withinSeconds * 1000
      while (underWay.size > 0 && Date.now() < giveUpAt) await pause(20)
    },
    reset() {
      for (const hold of holds.splice(0)) hold.release()
      arrivals = 0
      revocations.length = 0
    },
  }
}

function newHold(what: Hold['what']): Hold {
  const arrived = Promise.withResolvers<void>()
  const dropped = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  return {
    what,
    arrived: arrived.promise,
    dropped: dropped.promise,
    released: released.promise,
    arrive: arrived.resolve,
    drop: dropped.resolve,
    release: released.resolve,
  }
}

async function goneWhileHeld(hold: Hold, ctx: KoaContextWithOIDC): Promise<boolean> {
  hold.arrive()
  const gone = new Promise<'gone'>((resolve) => ctx.res.once('close', () => resolve('gone')))
  if ((await Promise.race([hold.released, gone])) !== 'gone') return false
  hold.drop()
  return true
}
