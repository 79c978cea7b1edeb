import type { HttpBindings } from '@hono/node-server'
import { routes } from '@strongroom/client'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { requestId, type RequestIdVariables } from 'hono/request-id'
import { csrfGuard, type SenderVariables } from './edge/csrf-guard.ts'
import { health, readiness } from './edge/health.ts'
import { navigationsOnly } from './edge/navigation.ts'
import { page } from './edge/page.ts'
import { notAllowed, notFound, problemBoundary } from './edge/problem-boundary.ts'
import { noStore, securityHeaders } from './edge/security-headers.ts'
import { finishLogin } from './login/finish-login.ts'
import { startLogin } from './login/start-login.ts'
import { logout } from './logout/logout.ts'
import type { BffOptions } from './options/options.ts'
import { resolveOptions, type Fault, type Settings } from './options/resolve-options.ts'
import { buildParts } from './parts.ts'
import { forward } from './proxy/forward.ts'
import { defaultMethods } from './proxy/upstream.ts'
import { loadSession, type SessionVariables } from './session/load-session.ts'
import { sessionEndpoint } from './session/session-endpoint.ts'
import { freshToken, type TokenVariables } from './tokens/fresh-token.ts'

interface BffEnv {
  Bindings: Partial<HttpBindings>
  Variables: RequestIdVariables & SenderVariables & SessionVariables & TokenVariables
}

export interface Bff {
  /** Mount it, or hand `app.fetch` to any server. */
  readonly app: Hono<BffEnv>
}

/** The options can't be used. `faults` has all that is wrong with them. */
export class InvalidOptions extends Error {
  override readonly name = 'InvalidOptions'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ option, text }) => `${option} ${text}`).join('\n'))
    this.faults = faults
  }
}

/**
 * Makes the server beside a single-page app: it signs users in, keeps their tokens, and hands their calls on.
 *
 * Throws {@link InvalidOptions}. Asks nobody anything yet: the provider may be down.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-browser-based-apps OAuth 2.0 for Browser-Based Applications, §6.1}
 */
export function createBff(options: BffOptions): Bff {
  const settings = resolveOptions(options)
  if (!settings.ok) throw new InvalidOptions(settings.error)
  return { app: createApp(settings.value) }
}

/** What happens to a request, from top to bottom. */
function createApp(settings: Settings): Hono<BffEnv> {
  const parts = buildParts(settings)
  const { publicUrl, telemetry } = parts
  const app = new Hono<BffEnv>()

  app.onError(problemBoundary(telemetry))
  app.notFound(notFound())
  app.use(requestId())
  app.use(securityHeaders(publicUrl, settings.provider.issuer.origin))
  app.use(methodNotAllowed({ app, onMethodNotAllowed: notAllowed }))

  app.get(routes.health, health())
  app.get(routes.readiness, readiness(parts.provider, parts.keyValue))

  app.use('/auth/*', noStore())
  app.get(routes.login, navigationsOnly(), startLogin(parts))
  app.get(routes.callback, finishLogin(parts))
  app.get(
    routes.session,
    etag(),
    csrfGuard(publicUrl),
    loadSession(parts.sessions),
    sessionEndpoint(parts),
  )
  app.post(
    routes.logout,
    csrfGuard(publicUrl, 'or-own-form'),
    loadSession(parts.sessions),
    logout(parts),
  )

  for (const upstream of settings.upstreams) {
    app.on(
      [...(upstream.methods ?? defaultMethods)],
      [upstream.prefix, `${upstream.prefix}/*`],
      csrfGuard(publicUrl),
      loadSession(parts.sessions),
      freshToken(parts, upstream.token ?? 'required'),
      forward(parts, upstream),
    )
  }

  if (settings.spaDir !== null) app.use(etag(), page(settings.spaDir, reservedPaths(settings)))
  return app
}

/** Where a missing path is a mistake of the caller's, never a page of the app's. */
function reservedPaths({ upstreams }: Settings): readonly string[] {
  return ['/auth', routes.health, routes.readiness, ...upstreams.map(({ prefix }) => prefix)]
}
