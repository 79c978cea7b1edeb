import { loginPath } from '@strongroom/client'
import type { Handler } from 'hono'
import { ConnectRefusal, Refusal } from '../base/failure.ts'
import { localReturnTo } from '../base/return-to.ts'
import { patiently } from '../provider/patiently.ts'
import type { IdentityProvider } from '../provider/provider.ts'
import { honoCookieJar } from '../session/cookie-jar.ts'
import type { SessionStore } from '../session/session-store.ts'
import type { Session } from '../session/session.ts'
import type { ConnectAttempts } from './connect-attempt.ts'
import { checksOf, consentRequest } from './consent-request.ts'
import type { GrantDefinition } from './offline-grant.ts'

export interface StartConnectParts {
  readonly provider: IdentityProvider
  readonly sessions: SessionStore
  readonly definitions: ReadonlyMap<string, GrantDefinition>
  readonly attempts: ConnectAttempts
  readonly publicUrl: URL
  readonly reservedPaths: readonly string[]
}

/**
 * `GET /auth/grants/{name}/connect`: sends a signed-in user to the provider, to consent to what the app may do while they
 * are away. Who is not signed in is sent to do that, and comes back to where the link was.
 */
export function startConnect(parts: StartConnectParts): Handler<object, `${string}/:name/connect`> {
  const { provider, attempts, publicUrl } = parts
  return async function startConnect(c) {
    const definition = parts.definitions.get(c.req.param('name'))
    if (!definition) throw new Refusal({ kind: 'not-found' })
    const returnTo = localReturnTo(c.req.query('return_to'), publicUrl, parts.reservedPaths)
    const jar = honoCookieJar(c)
    const way = { grant: definition, returnTo }
    const lookup = await Promise.resolve(parts.sessions.load(jar)).catch((error: unknown) => {
      throw storeRefusal(error, way)
    })
    if (lookup.state !== 'live') return c.redirect(loginPath(returnTo), 303)
    const attempt = attempts.begin({
      grant: definition.name,
      returnTo,
      session: lookup.session,
    })
    const asked = provider.authorizationUrl(
      checksOf(attempt),
      hintOf(lookup.session),
      consentRequest(definition),
    )
    const url = await patiently(asked)
    if (!url.ok) throw new ConnectRefusal(url.error, way)
    attempts.keep(jar, attempt)
    return c.redirect(url.value.href, 303)
  }
}

/** A provider where somebody has several accounts asks for the right one. Another is refused in any case. */
function hintOf({ claims }: Session): Record<string, string> {
  const hint = claims['email'] ?? claims['preferred_username']
  return typeof hint === 'string' ? { login_hint: hint } : {}
}

export function storeRefusal(error: unknown, way: ConnectRefusal['way']): unknown {
  return error instanceof Refusal && error.failure.kind === 'store-unreachable'
    ? new ConnectRefusal(error.failure, way)
    : error
}
