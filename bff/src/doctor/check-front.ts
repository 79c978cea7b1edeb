import { randomUUID } from 'node:crypto'
import { csrfHeader, routes } from '@strongroom/client'
import { isRecord } from '../options/shapes.ts'
import { check, finding, type Check, type Finding } from './check.ts'
import { networkTrouble } from './network-trouble.ts'
import type { Patient } from './patient.ts'

type Id =
  | 'front.reachable'
  | 'front.is-public-url'
  | 'front.csrf-header'
  | 'front.cached'
  | 'front.large-cookies'
  | 'front.request-id'
  | 'front.event-stream'

type Found = Finding<Id>

/** Three cookies of 4 kB are what a session may take; there are others beside them. */
const cookieBytes = 16_000

export const frontTells: Check<Id>['tells'] = {
  'front.reachable':
    'Whether a running Strongroom answers at that URL, and whether the certificate there is trusted.',
  'front.is-public-url': 'Whether that URL is `PUBLIC_URL`.',
  'front.csrf-header': 'Whether calls reach it with the header `X-CSRF`.',
  'front.cached': 'Whether something keeps answers that are not to be kept.',
  'front.large-cookies': `Whether a request with ${cookieBytes} bytes of cookies gets through.`,
  'front.request-id':
    'Whether the proxy is believed, as far as it can be told from outside: an `X-Request-Id` that comes back was believed, and so is `X-Forwarded-For`.',
  'front.event-stream':
    'That whether the proxy keeps events back can be told by a signed-in browser alone.',
}

/** Asks the running server through whatever stands before it. */
export function checkFront(url: URL): Check {
  return check<Id>({
    title: `The running server at ${url.origin}`,
    tells: frontTells,
    async run(patient) {
      const health = await ask(patient, new URL(routes.health, url))
      if (!(health instanceof Response)) return [health]
      const text = await health.text()
      if (text !== 'ok\n') return [notOurs(url, health.status)]
      return [
        finding('front.reachable', 'ok', `Strongroom answers at ${url.origin}.`),
        ...isPublicUrl(url, patient),
        ...(await session(patient, url)),
        await largeCookies(patient, url),
        await requestId(patient, url),
        finding(
          'front.event-stream',
          'note',
          'Whether the proxy keeps events back can’t be told without a session. Strongroom sends X-Accel-Buffering: no, which nginx heeds; switch buffering off elsewhere.',
        ),
      ]
    },
  })
}

async function ask(patient: Patient, url: URL, headers = {}): Promise<Response | Found> {
  try {
    return await patient.ask(url, { headers })
  } catch (error) {
    const { text, cure } = networkTrouble(error, url)
    return finding('front.reachable', 'fault', `${url.origin} can’t be reached: ${text}.`, cure)
  }
}

function notOurs(url: URL, status: number): Found {
  return finding(
    'front.reachable',
    'fault',
    `What answers at ${url.origin} (status ${status}) is no Strongroom.`,
    status >= 502 && status <= 504
      ? 'The proxy does not reach it: start Strongroom, and let the proxy hand calls on to HOST and PORT.'
      : `Let what stands there hand every path on to Strongroom, ${routes.health} too.`,
  )
}

function isPublicUrl(url: URL, { settings }: Patient): readonly Found[] {
  return url.origin === settings.publicUrl.origin
    ? []
    : [
        finding(
          'front.is-public-url',
          'warning',
          `That is not PUBLIC_URL, which is ${settings.publicUrl.origin}: sign-ins return there.`,
          `Set PUBLIC_URL=${url.origin}, if that is what browsers open.`,
        ),
      ]
}

async function session(patient: Patient, url: URL): Promise<readonly Found[]> {
  const answer = await ask(patient, new URL(routes.session, url), {
    [csrfHeader.name]: csrfHeader.value,
  })
  if (!(answer instanceof Response)) return [answer]
  const body: unknown = await answer.json().catch(() => null)
  const isOurs = isRecord(body) && body['authenticated'] === false
  const kept =
    answer.headers.has('age') || !/no-store/.test(answer.headers.get('cache-control') ?? '')
  return [
    isOurs
      ? finding(
          'front.csrf-header',
          'ok',
          `Calls get through with their ${csrfHeader.name} header.`,
        )
      : finding(
          'front.csrf-header',
          'fault',
          `A call to ${routes.session} is answered with ${answer.status}, not with who is signed in.`,
          `Let the proxy hand on the path as it is, and the header ${csrfHeader.name}.`,
        ),
    ...(isOurs && kept
      ? [
          finding(
            'front.cached',
            'fault',
            'What says who is signed in comes without Cache-Control: no-store, or out of a cache.',
            'Let the proxy or CDN leave Cache-Control alone and keep nothing below /auth and /api.',
          ),
        ]
      : []),
  ]
}

async function largeCookies(patient: Patient, url: URL): Promise<Found> {
  const id = 'front.large-cookies'
  const cookie = Array.from(
    { length: 4 },
    (_, at) => `doctor${at}=${'x'.repeat(cookieBytes / 4 - 10)}`,
  )
  const answer = await ask(patient, new URL(routes.health, url), { cookie: cookie.join('; ') })
  if (answer instanceof Response && answer.status === 200)
    return finding(id, 'ok', `Requests with ${cookieBytes} bytes of cookies get through.`)
  return finding(
    id,
    'fault',
    `A request with ${cookieBytes} bytes of cookies is refused${answer instanceof Response ? ` (status ${answer.status})` : ''}: users with large sessions would be locked out.`,
    'Raise the proxy’s limit: large_client_header_buffers 4 32k (nginx), max_header_size (others). Or set SESSION_MODE=server, with which cookies stay small.',
  )
}

async function requestId(patient: Patient, url: URL): Promise<Found> {
  const id = 'front.request-id'
  const sent = randomUUID()
  const answer = await ask(patient, new URL(routes.health, url), { 'x-request-id': sent })
  const came = answer instanceof Response ? answer.headers.get('x-request-id') : null
  return came === sent
    ? finding(
        id,
        'ok',
        'The proxy is believed: what it says of X-Request-Id and X-Forwarded-For counts.',
      )
    : finding(
        id,
        'note',
        'An X-Request-Id that was sent did not come back: the proxy names requests itself, or is not among TRUSTED_PROXIES.',
        'Look for “unnamed-proxy” in the log: it says so when the proxy is not believed.',
      )
}
