import type { Check } from './check.ts'
import { checkClient } from './check-client.ts'
import { checkClock } from './check-clock.ts'
import { checkCookie } from './check-cookie.ts'
import { checkDiscovery } from './check-discovery.ts'
import { checkPorts } from './check-ports.ts'
import { checkProtocols } from './check-protocols.ts'
import { checkPublicUrl } from './check-public-url.ts'
import { checkRegistration } from './check-registration.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkStore } from './check-store.ts'
import { checkSupport } from './check-support.ts'
import { checkTls } from './check-tls.ts'
import { checkUpstreams } from './check-upstreams.ts'

/** Every check that needs nobody, in the order in which they are told. */
export const checks: readonly Check[] = [
  checkSecrets,
  checkPublicUrl,
  checkDiscovery,
  checkTls,
  checkClock,
  checkClient,
  checkRegistration,
  checkSupport,
  checkProtocols,
  checkCookie,
  checkStore,
  checkUpstreams,
  checkPorts,
]
