import type { HttpBindings } from '@hono/node-server'
import type { Context, Handler } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import { describeCause } from '../base/describe-cause.ts'
import { incoming, requestHeader, upgradeOf } from '../base/incoming.ts'
import { messagePage } from '../edge/message-page.ts'
import { leadsSomewhere } from '../edge/navigation.ts'
import { callUpstream } from '../proxy/call-upstream.ts'
import { passedHeaders, recordOf, type HeaderRecord, type RawHeaders } from '../proxy/headers.ts'
import type { CallFailure, UpstreamCall } from '../proxy/upstream-call.ts'
import type { Development } from './development.ts'

export interface SpaEnv {
  Bindings: Partial<HttpBindings>
  Variables: RequestIdVariables
}

type SpaContext = Context<SpaEnv>

/** The session is nobody's business there. Its own host is what it checks, and undici says nothing of what to expect. */
const droppedUp = new Set(['cookie', 'expect', 'host'])

/** Of `localhost` a browser would remember it for every port. */
const droppedDown = new Set(['strict-transport-security'])

/** A dev server asks for no certificate. */
const manner = {
  timeoutSeconds: 120,
  idleSeconds: 600,
  maxBodyBytes: Number.POSITIVE_INFINITY,
  clientCertificate: false,
}

/** After so long a page that could not be had asks again by itself. */
const retrySeconds = 2

/**
 * Hands whatever is not Strongroom's own on to the app's dev server: pages, modules, and the WebSocket of its hot reload.
 *
 * To the dev server every request comes from this machine, and by its own name: so it is seen to here that the page which
 * asks is the app's, and no other that a name server has led to the loopback.
 */
export function spaProxy(
  spa: URL,
  { appHeaders, publicUrl }: Pick<Development, 'appHeaders' | 'publicUrl'>,
): Handler<SpaEnv> {
  const call = callUpstream(fetch)
  return async function spaProxy(c) {
    if (isPrivate(c.req.path)) return c.notFound()
    if (requestHeader(c, 'host') !== publicUrl.host) return elsewhere(c, publicUrl)
    const outcome = await call(c, callOf(c, spa))
    if (!outcome.ok) return noAnswer(c, spa, outcome.error)
    const { headers } = outcome.value
    return outcome.value.pass(
      [
        ...passedHeaders(headers, (name) => !droppedDown.has(name)),
        ...withoutNamed(appHeaders, headers),
        'x-request-id',
        c.get('requestId'),
      ],
      () => () => {},
    )
  }
}

/** A dev server that says one of these itself means it. */
function withoutNamed(raw: RawHeaders, said: HeaderRecord): RawHeaders {
  return raw.filter((_, at) => said[raw[at - (at % 2)] ?? ''] === undefined)
}

/**
 * What `.strongroom` holds, and the configuration: both lie in the folder that dev servers serve. A dev server may read a slash that is
 * encoded, even twice, as a slash, and Windows leaves out what stands at the end of a name.
 */
function isPrivate(path: string): boolean {
  return /(^|[/\\])(\.strongroom[. ]*([/\\:]|$)|strongroom\.config\.\w+[. ]*(:|$))/i.test(
    plain(path),
  )
}

function plain(path: string): string {
  const decoded = path.replaceAll(/%([\da-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return decoded === path ? path : plain(decoded)
}

function callOf(c: SpaContext, spa: URL): UpstreamCall {
  const own = incoming(c)
  const headers: HeaderRecord = own?.headers ?? recordOf(c.req.raw.headers)
  const { url = '/' } = own ?? {}
  return {
    origin: spa.origin,
    path: url.startsWith('/') ? url : '/',
    method: c.req.method,
    headers: passedHeaders(headers, (name) => !droppedUp.has(name)),
    proof: null,
    kept: null,
    hasBody: hasBody(headers),
    upgrade: upgradeOf(c),
    ...manner,
  }
}

/** Somebody who has typed another name of this machine is helped on; anything else is not let in. */
function elsewhere(c: SpaContext, publicUrl: URL): Response | Promise<Response> {
  if (c.req.method === 'GET' && leadsSomewhere(c.req))
    return c.redirect(`${publicUrl.origin}${c.req.path}`, 307)
  return c.text(`This is the app at ${publicUrl.origin}, and answers by that name alone.\n`, 421)
}

function noAnswer(c: SpaContext, spa: URL, failure: CallFailure): Response | Promise<Response> {
  if (failure.kind === 'client-left') return c.body(null, 204)
  const why = 'cause' in failure ? describeCause(failure.cause) : failure.kind
  const text = `Nothing of use came from ${spa.origin} (${why}).`
  if (!leadsSomewhere(c.req)) return c.text(`${text}\n`, 502)
  c.header('Refresh', String(retrySeconds))
  return messagePage(c, {
    status: 503,
    title: 'Your app’s dev server does not answer',
    text: `${text} Start it there, or name another place with --spa.`,
    hint: 'This page asks again every two seconds.',
    ways: [{ label: 'Ask again', href: c.req.path }],
    requestId: c.get('requestId'),
  })
}

/** By what the head says (RFC 9112 §6.3). */
function hasBody(headers: HeaderRecord): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}
