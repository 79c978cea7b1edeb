import type { buildConnector as Connector, Client as ClientOptions, Dispatcher } from 'undici'
import buildConnector from 'undici/lib/core/connect.js'
import Client from 'undici/lib/dispatcher/client.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import type { ClientCertificate } from '../base/client-certificate.ts'
import { givesBack } from './given-back.ts'

/** Who carries calls to an origin. */
export interface Dispatchers {
  /** Over connections that are kept and used again. */
  kept(origin: string): Dispatcher
  /** Over a connection of its own, for what a kept one has let down. */
  fresh(origin: string): Dispatcher
}

/** With every API: over HTTP/2 an upgrade to a WebSocket is another protocol (RFC 8441), which few servers speak. */
const http11Alone = { allowH2: false }

const options: ClientOptions.Options = {
  ...http11Alone,
  // Shorter than most servers keep a connection that nobody uses, so that we seldom use one as it is being closed.
  keepAliveTimeout: 4_000,
  keepAliveMaxTimeout: 30_000,
  maxHeaderSize: 65_536,
  // Each call watches its own time.
  headersTimeout: 0,
}

const connecting = { ...http11Alone, timeout: 10_000 }

/** A certificate and its key, or nothing. */
type Shown = { readonly cert: string; readonly key: string } | Record<string, never>

/** Connections that give back what was written to them. */
function connector(shown: Shown): Connector.connector {
  const connect = buildConnector({ ...connecting, ...shown })
  return (target, done) =>
    connect(target, (...made) => {
      if (made[1]) givesBack(made[1])
      done(...made)
    })
}

/** @param certificate  what is shown to each of them; null for nothing */
export function dispatchers(certificate: ClientCertificate | null = null): Dispatchers {
  return certificate === null ? over({}) : showing(certificate)
}

function over(shown: Shown): Dispatchers {
  const pools = new Map<string, Pool>()
  return {
    kept(origin) {
      const known = pools.get(origin)
      if (known) return known
      const pool = new Pool(origin, { ...options, connect: connector(shown) })
      pools.set(origin, pool)
      return pool
    },
    fresh: (origin) =>
      new Client(origin, { ...options, connect: connector(shown), keepAliveTimeout: 1 }),
  }
}

/** Connections that were made with a certificate of before are left to end by themselves. */
function showing(certificate: ClientCertificate): Dispatchers {
  let shown = ''
  let own = over({})
  function current(): Dispatchers {
    const { chain, key } = certificate
    if (shown === chain + key) return own
    shown = chain + key
    return (own = over({ cert: chain, key }))
  }
  return { kept: (origin) => current().kept(origin), fresh: (origin) => current().fresh(origin) }
}
