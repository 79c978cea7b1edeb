import type { Client as ClientOptions, Dispatcher } from 'undici'
import Client from 'undici/lib/dispatcher/client.js'
import Pool from 'undici/lib/dispatcher/pool.js'

/** Who carries calls to an origin. */
export interface Dispatchers {
  /** Over connections that are kept and used again. */
  kept(origin: string): Dispatcher
  /** Over a connection of its own, for what a kept one has let down. */
  fresh(origin: string): Dispatcher
}

const options: ClientOptions.Options = {
  // Shorter than most servers keep a connection that nobody uses, so that we seldom use one as it is being closed.
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 30_000,
  maxHeaderSize: 65_536,
  // Each call watches its own time.
  headersTimeout: 0,
  connect: { timeout: 10_000 },
}

export function dispatchers(): Dispatchers {
  const pools = new Map<string, Pool>()
  return {
    kept(origin) {
      const known = pools.get(origin)
      if (known) return known
      const pool = new Pool(origin, options)
      pools.set(origin, pool)
      return pool
    },
    fresh: (origin) => new Client(origin, { ...options, keepAliveTimeout: 1 }),
  }
}
