import type { HttpBindings } from '@hono/node-server'
import { initiateLoginPath, routes } from '@strongroom/client'
import { Hono, type MiddlewareHandler } from 'hono'
import { etag } from 'hono/etag'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { RequestIdVariables } from 'hono/request-id'
import type { Clock } from './base/clock.ts'
import type { SenderVariables } from './base/sender.ts'
import { allowedMethods } from './edge/allowed-methods.ts'
import { csrfGuard, type Admitted } from './edge/csrf-guard.ts'
import { handOverPage } from './edge/hand-over-page.ts'
import { clientJwks } from './edge/client-jwks.ts'
import { health, readiness } from './edge/health.ts'
import { navigationsAndForms, navigationsOnly, ownNavigationsOnly } from './edge/navigation.ts'
import { page } from './edge/page.ts'
import { notAllowed, notFound, problemBoundary } from './edge/problem-boundary.ts'
import { callLimit, rateLimit } from './edge/rate-limit.ts'
import { requestId } from './edge/request-id.ts'
import {
  apiHeaders,
  framedByProvider,
  noStore,
  securityHeaders,
  withHeaders,
} from './edge/security-headers.ts'
import { smallBodies } from './edge/small-bodies.ts'
import { initiateLogin } from './login/initiate-login.ts'
import { finishLogin } from './login/finish-login.ts'
import { together } from './edge/together.ts'
import { runGrantJobs } from './jobs/run-endpoint.ts'
import type { Jobs } from './jobs/jobs.ts'
import { startLogin } from './login/start-login.ts'
import { backchannelLogout } from './logout/backchannel-logout.ts'
import { frontchannelLogout } from './logout/frontchannel-logout.ts'
import { logout } from './logout/logout.ts'
import { signedOutReturn } from './logout/signed-out-return.ts'
import type { Telemetry } from './observability/telemetry.ts'
import { finishConnect } from './offline/finish-connect.ts'
import { brokenGrants, listGrants } from './offline/list-grants.ts'
import { leftGrants } from './offline/left-grants.ts'
import type { Offline } from './offline/offline.ts'
import { startConnect } from './offline/start-connect.ts'
import { withdrawAll, withdrawGrant } from './offline/withdraw-grant.ts'
import { InvalidOptions } from './options/invalid-options.ts'
import type { BffOptions } from './options/options.ts'
import { resolveOptions, type Settings } from './options/resolve-options.ts'
import { certificateNotices } from './options/startup-notices.ts'
import { mountedApp } from './mounted-app.ts'
import { buildParts, type Parts } from './parts.ts'
import { readAnswer, type AnswerVariables } from './provider/read-answer.ts'
import { unmetProfile } from './provider/unmet-profile.ts'
import { forward } from './proxy/forward.ts'
import { measuredCall } from './proxy/measured-calls.ts'
import {
  clientDemandOf,
  defaultMethods,
  demandOf,
  signInDemandOf,
  type Upstream,
} from './proxy/upstream.ts'
import { loadSession, type SessionVariables } from './session/load-session.ts'
import { endAllSessions, endSession, listSessions } from './session/session-list.ts'
import type { Session } from './session/session.ts'
import { sessionEndpoint } from './session/session-endpoint.ts'
import { strongSignIn } from './session/strong-sign-in.ts'
import { sameOwner } from './session/session-owner.ts'
import { touchSession } from './session/touch-session.ts'
import { sessionEvents } from './tokens/session-events.ts'
import { streamPlaces } from './tokens/stream-places.ts'
import { revokeEnded } from './tokens/revoke-ended.ts'
import { revokeTokens } from './tokens/revoke-tokens.ts'
import { checkOnRequest } from './tokens/check-on-request.ts'
import { clientToken } from './tokens/client-token.ts'
import { freshToken, type TokenVariables } from './tokens/fresh-token.ts'
import type { Drained } from './tokens/revocation-outbox.ts'

interface BffEnv {
  Bindings: Partial<HttpBindings>
  Variables: RequestIdVariables &
    SenderVariables &
    SessionVariables &
    TokenVariables &
    AnswerVariables
}

export interface Bff {
  /** Answers every path: hand `app.fetch` to any server. */
  readonly app: Hono<BffEnv>
  /**
   * For an app of your own, `app.use(bff.middleware)`: answers what is Strongroom's (`/auth`, the prefixes of the upstreams, the
   * health checks, and with `spaDir` the page), and leaves all else to what comes after it.
   */
  readonly middleware: MiddlewareHandler
  /** As it was given, where the whole of it stands. */
  readonly publicUrl: URL
  /** Where its events go. */
  readonly telemetry: Telemetry
  /** What is done for users while they are away; null without grants. Runs by itself unless `jobRunner` says otherwise. */
  readonly jobs: Jobs | null
  /** Tries the revocations that failed before and are due. Done by itself every five seconds. */
  drainRevocations(): Promise<Drained>
  /**
   * What an operator should know that no setting shows by itself: that a Redis would lose grants, or that the client's certificate is
   * soon over. Never rejects.
   */
  notices(): Promise<readonly string[]>
  /**
   * What `provider.profile` demands and the provider does not offer, as sentences: as long as there are any nobody can sign in, so that
   * a server had better not start. None without a profile, and while the provider can't be reached: it is asked for three seconds at
   * most. Never rejects.
   */
  unmetProfile(): Promise<readonly string[]>
  /** From now on `/readyz` is 503, so that load balancers send their calls elsewhere; all else is served as before. */
  announceStop(): void
  /**
   * Ends event streams and closes WebSockets (1001), now and as they open, and begins no more runs of jobs. For a server that
   * stops: it would wait for them. Resolves when the last is gone.
   */
  endStreams(): Promise<void>
  /** Stops what it does by itself and lets go of the store. For when the app takes no more requests. */
  close(): Promise<void>
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
  const parts = buildParts(settings.value)
  const { jobs } = parts
  let stopping = false
  if (jobs && settings.value.jobRunner.where === 'here' && jobs.all.length > 0) jobs.start()
  const app = createApp(settings.value, parts, () => stopping)
  return {
    app,
    middleware: mountedApp(app, ownPaths(settings.value, parts), settings.value.spaDir !== null),
    publicUrl: parts.publicUrl,
    telemetry: parts.telemetry,
    jobs,
    drainRevocations: () => parts.outbox.drain(),
    async notices() {
      const { clock, offline, store } = parts
      const soonOver = certificateNotices(settings.value.provider.clientCertificate, clock.now())
      if (!offline) return soonOver
      const loses =
        offline.definitions.size > 0 && (await store.lossAtBreakdown?.().catch(() => null))
      const left = await leftGrants(offline).catch(() => [])
      return [...soonOver, ...(loses ? [loses] : []), ...left]
    },
    unmetProfile: async () =>
      settings.value.provider.profile === null ? [] : unmetProfile(parts.provider),
    announceStop() {
      stopping = true
    },
    async endStreams() {
      await Promise.all([parts.openEnds.endAll(), jobs?.stop(jobGraceSeconds)])
    },
    async close() {
      await jobs?.stop(jobGraceSeconds)
      await parts.narrower.settled()
      await parts.tokenChecks.settled()
      await parts.clientTokens.settled()
      await parts.refresher.settled()
      await parts.offline?.close()
      await parts.outbox.close()
      parts.ended.close()
      parts.secrets.close()
      parts.credentials.close()
      // A store that was handed in is closed by whoever opened it.
      if (typeof options.store !== 'object') await parts.store.close()
    },
  }
}

/** How long runs that are under way may still take: short of what is left of a server that is told to stop. */
const jobGraceSeconds = 3

const oneSession = `${routes.sessions}/:id` as const

function ownPaths({ clientJwksPath }: Settings, { reservedPaths }: Parts): readonly string[] {
  return clientJwksPath === null ? reservedPaths : [...reservedPaths, clientJwksPath]
}

/** What happens to a request, from top to bottom. */
function createApp(settings: Settings, parts: Parts, isStopping: () => boolean): Hono<BffEnv> {
  const { publicUrl, telemetry } = parts
  const { endSessionOrigin } = parts.provider
  const answerHeaders = securityHeaders(publicUrl, parts.issuer, endSessionOrigin)
  const app = new Hono<BffEnv>()

  app.onError(problemBoundary(telemetry, settings.signInFailedPath, answerHeaders))
  app.notFound(notFound())
  // First, since most requests are for these, and each step costs all of them.
  for (const upstream of settings.upstreams) {
    app.all(
      `${upstream.prefix}/*`,
      together(
        requestId(parts.proxies, parts.tracing, `${upstream.prefix}/*`),
        ...(telemetry.measure ? [measuredCall(telemetry.measure, upstream.prefix)] : []),
        allowedMethods(upstream.methods ?? defaultMethods),
        ownCalls(parts, {
          simpleGets: upstream.simpleGet ?? false,
          webSockets: upstream.webSockets ?? true,
        }),
        ...signInDemands(upstream, parts.clock),
        tokenFor(settings, parts, upstream),
        forward(
          { ...parts, nonces: parts.apiNonces, answerHeaders: apiHeaders(publicUrl) },
          upstream,
          settings.upstreams,
        ),
      ),
    )
  }

  app.use(routes.frontchannelLogout, framedByProvider(parts.issuer, endSessionOrigin))
  app.use(together(requestId(parts.proxies, parts.tracing), withHeaders(answerHeaders)))
  app.use(methodNotAllowed({ app, onMethodNotAllowed: notAllowed }))

  app.get(routes.health, health())
  app.get(routes.readiness, readiness(parts.provider, parts.store.keyValue, isStopping))

  const { clientJwksPath } = settings
  if (clientJwksPath !== null) app.get(clientJwksPath, clientJwks(parts.credentials))

  app.use('/auth/*', noStore(), smallBodies())
  app.get(routes.login, navigationsOnly(), rateLimit(parts, 'login'), startLogin(parts))
  app.on(
    ['GET', 'POST'],
    initiateLoginPath,
    navigationsAndForms(),
    rateLimit(parts, 'login'),
    initiateLogin({ ...parts, issuerIdentifier: settings.provider.issuerIdentifier }),
  )
  app.get(
    routes.callback,
    navigationsOnly(),
    rateLimit(parts, 'callback'),
    together(
      readAnswer(parts.provider),
      ...(parts.offline ? [finishConnect({ ...parts, ...parts.offline })] : []),
    ),
    finishLogin(parts),
  )
  app.post(
    routes.logout,
    csrfGuard(publicUrl, { forms: true }),
    logout({
      ...parts,
      signOuts: callLimit(parts, 'logout'),
      signOutsOfNobody: callLimit(parts, 'logout-of-nobody'),
      handOverPage: (c, url) => handOverPage(c, url, publicUrl),
    }),
  )
  app.post(
    routes.backchannelLogout,
    backchannelLogout({ ...parts, refusals: callLimit(parts, 'backchannel-logout') }),
  )
  app.get(
    routes.frontchannelLogout,
    rateLimit(parts, 'frontchannel-logout'),
    frontchannelLogout(parts),
  )
  app.get(routes.home, signedOutReturn(parts))

  app.use(routes.session, ownCalls(parts))
  app.use(routes.sessions, ownCalls(parts))
  app.use(oneSession, ownCalls(parts))
  app.use(routes.events, ownCalls(parts, { simpleGets: true }))
  const { offline } = parts
  const sessionListParts = {
    ...parts,
    withdrawGrants: offline && ((sub: string) => withdrawAll({ ...parts, ...offline }, sub)),
    revoke: async (session: Session) => revokeTokens(parts, await parts.refresher.newest(session)),
  }
  app.get(
    routes.session,
    checkOnRequest({
      ...parts,
      checks: callLimit(parts, 'session-check'),
      userinfo: settings.provider.userinfo,
    }),
    etag(),
    sessionEndpoint({
      ...parts,
      brokenGrants: offline && ((sub: string) => brokenGrants({ ...parts, ...offline }, sub)),
    }),
  )
  app.post(routes.session, touchSession(parts))
  app.get(
    routes.events,
    sessionEvents({
      ...parts,
      places: streamPlaces(),
      untilStopped: (stop) => parts.openEnds.watch(() => () => {}, 'session-events')(stop),
    }),
  )
  app.get(routes.sessions, listSessions(parts))
  app.delete(routes.sessions, endAllSessions(sessionListParts))
  app.delete(oneSession, endSession(sessionListParts))

  if (offline) serveGrants(app, parts, offline)

  app.use(smallBodies())
  if (settings.spaDir !== null) app.use(etag(), page(settings.spaDir, parts.reservedPaths))
  return app
}

/** What a call of this row bears. */
function tokenFor({ provider }: Settings, parts: Parts, upstream: Upstream) {
  const { token = 'required' } = upstream
  const demand = clientDemandOf(upstream, provider.dpop)
  if (demand) return clientToken(parts, demand, upstream.clientToken?.callers ?? 'signed-in')
  return freshToken(parts, token === 'client' ? 'required' : token, demandOf(upstream))
}

const oneGrant = `${routes.grants}/:name` as const

/** What a user allows the app to do while they are away. */
function serveGrants(app: Hono<BffEnv>, parts: Parts, offline: Offline): void {
  const grantParts = { ...parts, ...offline }
  app.get(
    `${oneGrant}/connect`,
    navigationsOnly(),
    ownNavigationsOnly(),
    rateLimit(parts, 'grant-connect'),
    startConnect(grantParts),
  )
  for (const path of [routes.grants, oneGrant, `${oneGrant}/run` as const]) {
    app.use(path, ownCalls(parts))
  }
  app.get(routes.grants, listGrants(grantParts))
  app.delete(oneGrant, withdrawGrant(grantParts))
  if (parts.jobs)
    app.post(`${oneGrant}/run`, rateLimit(parts, 'grant-run'), runGrantJobs(parts.jobs))
}

/** Nothing for a row that takes every sign-in: each step costs all of its calls. */
function signInDemands(upstream: Upstream, clock: Clock) {
  const demand = signInDemandOf(upstream)
  return demand === null ? [] : [strongSignIn(demand, clock)]
}

/** Lets in what a page of ours calls for the user that it was drawn for. The session it finds may be none, or over. */
function ownCalls(parts: Parts, admitted?: Admitted) {
  return together(
    csrfGuard(parts.publicUrl, admitted),
    loadSession(parts.sessions),
    sameOwner(),
    revokeEnded(parts),
  )
}
