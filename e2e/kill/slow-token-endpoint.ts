import { setTimeout as pause } from 'node:timers/promises'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ProviderMiddleware } from '../servers/provider.ts'

/** Where a refresh is: it has come, the old refresh token is spent, the answer has gone out. */
export type Place = 'before' | 'during' | 'after'

/** A token endpoint that takes its time before and behind the moment from which the old refresh token is spent. */
export interface SlowTokenEndpoint {
  readonly middleware: ProviderMiddleware
  /** Called at each place of each refresh. */
  onPlace: (place: Place) => void
}

const mostMilliseconds = 40

export function slowTokenEndpoint(random: () => number): SlowTokenEndpoint {
  const endpoint: SlowTokenEndpoint = {
    onPlace: () => {},
    async middleware(ctx: KoaContextWithOIDC, next) {
      if (ctx.path !== '/token' || ctx.method !== 'POST') return void (await next())
      endpoint.onPlace('before')
      await pause(random() * mostMilliseconds)
      await next()
      endpoint.onPlace('during')
      await pause(random() * mostMilliseconds)
      ctx.res.once('finish', () => endpoint.onPlace('after'))
    },
  }
  return endpoint
}
