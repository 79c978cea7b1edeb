import type { Handler } from 'hono'
import { within } from '../base/within.ts'
import type { KeyValue } from '../keyvalue/store.ts'
import type { IdentityProvider } from '../provider/provider.ts'

/** A load balancer does not wait for a provider that accepts and stays silent. */
const patienceSeconds = 1

/** Liveness: this process answers. */
export function health(): Handler {
  return function health(c) {
    return c.text('ok\n')
  }
}

/**
 * Readiness, a line a dependency. A provider that is down does not make us unready: sessions go on while their access
 * token lives, and taking every instance out of service would turn its outage into ours. One that stops is not ready.
 */
export function readiness(
  provider: IdentityProvider,
  keyValue: KeyValue,
  isStopping: () => boolean,
): Handler {
  return async function readiness(c) {
    if (isStopping()) return c.text('stopping: serves what still comes, and ends\n', 503)
    const [store, reached] = await Promise.all([
      isReachable(() => keyValue.ping()),
      within(patienceSeconds, provider.ping(), null),
    ])
    const lines = [
      `store: ${store ? 'ok' : 'unreachable'}`,
      `provider: ${reached?.ok ? 'ok' : 'unreachable (nobody can sign in; sessions go on)'}`,
    ]
    return c.text(`${lines.join('\n')}\n`, store ? 200 : 503)
  }
}

async function isReachable(ping: () => Promise<void>): Promise<boolean> {
  try {
    await ping()
    return true
  } catch {
    return false
  }
}
