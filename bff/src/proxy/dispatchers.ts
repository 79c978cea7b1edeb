import type { Client as ClientOptions, Dispatcher } from 'undici'
import Client from 'undici/lib/dispatcher/client.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import type { ClientCertificate } from '../base/client-certificate.ts'

/** Who carries calls to an origin. */
export interface Dispatchers {
  /** Over connections that are kept and used again. */
  kept(origin: string): Dispatcher
  /** Over a connection of its own, for what a kept one has let down. */
  fresh(origin: string): Dispatcher
}

const connect = { timeout: 10_000 }

const plain: ClientOptions.Options = {
  // Shorter than most servers keep a connection that nobody uses, so that we seldom use one as it is being closed.
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 30_000,
  maxHeaderSize: 65_536,
  // Each call watches its own time.
  headersTimeout: 0,
  connect,
}

/** @param certificate  what is shown to each of them; null for nothing */
export function dispatchers(certificate: ClientCertificate | null = null): Dispatchers {
  return certificate === null ? over(plain) : showing(certificate)
}

function over(options: ClientOptions.Options): Dispatchers {
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

/** Connections that were made with a certificate of before are left to end by themselves. */
function showing(certificate: ClientCertificate): Dispatchers {
  let shown = ''
  let own = over(plain)
  function current(): Dispatchers {
    const { chain, key } = certificate
    if (shown === chain + key) return own
    shown = chain + key
    return (own = over({
      ...plain,
      connect: { ...connect, cert: chain, key },
    }))
  }
  return { kept: (origin) => current().kept(origin), fresh: (origin) => current().fresh(origin) }
}
