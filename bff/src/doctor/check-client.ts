import type { ProviderSettings } from '../provider/provider-settings.ts'
import { check, finding, type Finding } from './check.ts'
import { codeOf } from './code-of.ts'
import { freshChecks } from './fresh-checks.ts'
import type { Patient } from './patient.ts'
import { textOf } from './provider-document.ts'

type Id = 'client.secret' | 'client.redirect-uri' | 'client.post-logout-uri'

type Found = Finding<Id>

export const checkClient = check<Id>({
  title: 'The client at the provider',
  tells: {
    'client.secret':
      'Whether the provider takes client id and secret: it is sent a code that is none, and says either that the code is wrong or that the client is. If the client is, the other ways of saying the secret are tried, to name the cure.',
    'client.redirect-uri':
      'Whether the redirect URI is registered, by a sign-in with `prompt=none` that no user sees. Not every provider lets that be found out.',
    'client.post-logout-uri':
      'Whether the post-logout redirect URI is refused. Not every provider lets that be found out.',
  },
  async run(patient) {
    const { metadata } = await patient.document()
    if (metadata === null || metadata['issuer'] !== patient.settings.provider.issuerIdentifier)
      return []
    const secret = await clientSecret(patient, metadata)
    const isKnown = secret.level === 'ok'
    const [redirect, postLogout] = await Promise.all([
      redirectUri(patient, isKnown),
      postLogoutUri(patient),
    ])
    return [secret, redirect, ...postLogout]
  },
})

async function clientSecret(
  patient: Patient,
  metadata: Readonly<Record<string, unknown>>,
): Promise<Found> {
  const fault = (text: string, cure: string) => finding('client.secret', 'fault', text, cure)
  const said = await answerToBogusCode(patient, metadata)
  if (said === 'invalid_grant')
    return finding(
      'client.secret',
      'ok',
      'The provider takes client id and secret (it was sent a code that is none).',
    )
  if (said === 'unauthorized_client')
    return fault(
      'The provider knows the client, and does not let it use the authorization code flow.',
      'Switch on the grants authorization code and refresh token for it there.',
    )
  if (said !== 'invalid_client')
    return finding(
      'client.secret',
      'note',
      `Whether the client secret is right could not be found out: the provider answers a code that is none with ${said}.`,
    )
  for (const { change, cure } of otherWays(patient)) {
    if ((await answerToBogusCode(patient, metadata, change)) === 'invalid_grant')
      return fault('The provider refuses the client as it is set (invalid_client).', cure)
  }
  if (isByCertificate(patient.settings))
    return fault(
      'The provider refuses client id and certificate (invalid_client).',
      'See that the name in the certificate, or the certificate itself, is registered there, and that whatever ends TLS before the provider asks for it and hands it on.',
    )
  return patient.settings.provider.clientSecret === ''
    ? fault(
        'The provider refuses client id and key (invalid_client).',
        'Register the public key there, or the address where it fetches it; and let this client prove itself by private_key_jwt.',
      )
    : fault(
        'The provider refuses client id and secret (invalid_client).',
        'Copy both anew. The secret of another client or environment, one that expired, or the secret’s id in the place of its value look like this; so does a client that is not confidential.',
      )
}

function isByCertificate({ provider }: Patient['settings']): boolean {
  const { clientAuthentication: method } = provider
  return method === 'tls_client_auth' || method === 'self_signed_tls_client_auth'
}

interface OtherWay {
  readonly change: Partial<ProviderSettings>
  readonly cure: string
}

/** Ways in which a right secret or key is often said wrongly. A provider may count failures: few, and the likely ones. */
function otherWays({ settings }: Patient): readonly OtherWay[] {
  const { clientAuthentication, clientAssertionAudience, clientSecret: secret } = settings.provider
  if (isByCertificate(settings)) return []
  if (secret === '' || clientAuthentication === 'private_key_jwt') {
    const audience = clientAssertionAudience === 'issuer' ? 'token-endpoint' : 'issuer'
    const cure = `Set provider.clientAssertionAudience to '${audience}' in strongroom.config.ts.`
    return [{ change: { clientAssertionAudience: audience }, cure }]
  }
  const other =
    clientAuthentication === 'client_secret_basic' ? 'client_secret_post' : 'client_secret_basic'
  const secrets: OtherWay[] = [
    {
      change: { clientSecret: secret.trim() },
      cure: 'Take the white space around the client secret away.',
    },
    {
      change: { clientSecret: secret.replace(/^(["'])(.*)\1$/, '$2') },
      cure: 'Take the quotes around OIDC_CLIENT_SECRET away: they became part of it.',
    },
    {
      change: { clientSecret: decode(secret) },
      cure: 'OIDC_CLIENT_SECRET is percent-encoded. Set it as the provider shows it.',
    },
  ]
  return [
    { change: { clientAuthentication: other }, cure: `Set OIDC_CLIENT_AUTH=${other}` },
    ...secrets.filter(({ change }) => change.clientSecret !== secret),
  ]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The error with which the token endpoint answers, or in words what came in its place. */
async function answerToBogusCode(
  patient: Patient,
  metadata: Readonly<Record<string, unknown>>,
  change: Partial<ProviderSettings> = {},
): Promise<string> {
  const checks = freshChecks(patient.settings.clock.now())
  const answer = new URLSearchParams({
    code: `strongroom-doctor-${checks.nonce}`,
    state: checks.state,
    iss: textOf(metadata, 'issuer') ?? '',
  })
  const exchanged = await patient.provider(change).exchangeCode(answer, checks)
  return exchanged.ok ? 'tokens' : codeOf(exchanged.error.failure)
}

/** How a provider tells a client that is not to be asked anything that somebody must sign in (OpenID Connect Core §3.1.2.6). */
const wantsUser = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
])

async function redirectUri(patient: Patient, clientIsKnown: boolean): Promise<Found> {
  const id = 'client.redirect-uri'
  const { href } = patient.callbackUrl
  const unknown = (why: string) =>
    finding(id, 'note', `Whether ${href} is registered could not be found out: ${why}.`)
  const url = await patient
    .provider()
    .authorizationUrl(freshChecks(patient.settings.clock.now()), { prompt: 'none' })
  if (!url.ok) return notPushed(patient, codeOf(url.error), unknown)
  const answer = await patient.ask(url.value).catch(() => null)
  if (answer === null) return unknown('the provider does not answer')
  const location = URL.parse(answer.headers.get('location') ?? '', url.value.href)
  const isBack =
    location?.origin === patient.callbackUrl.origin &&
    location.pathname === patient.callbackUrl.pathname
  if (location !== null && isBack) return cameBack(patient, location.searchParams)
  const body = await answer.text()
  if (answer.status >= 400 && answer.status < 500)
    return notRegistered(
      patient,
      `The provider refuses a sign-in with a page of its own (status ${answer.status})${/redirect[_ ]ur[il]/i.test(body) ? ', which speaks of the redirect URI' : ''}${clientIsKnown ? '' : '; the redirect URI is not registered, or the client id is wrong'}.`,
    )
  return unknown(
    location === null
      ? `the provider answers with a page of its own (status ${answer.status})`
      : `the provider sends the browser on to ${location.origin}${location.pathname}`,
  )
}

/** A request that is pushed is judged before a browser is sent anywhere (RFC 9126 §2.3). */
function notPushed(patient: Patient, code: string, unknown: (why: string) => Found): Found {
  if (code === 'invalid_redirect_uri')
    return notRegistered(patient, 'The provider refuses the redirect URI (invalid_redirect_uri).')
  if (code === 'invalid_request')
    return notRegistered(
      patient,
      'The provider refuses a sign-in before it begins (invalid_request): the redirect URI is not registered, or OIDC_AUTHORIZE_PARAMS is not what it knows.',
    )
  return unknown(`the provider did not let a sign-in begin (${code})`)
}

function notRegistered({ callbackUrl }: Patient, text: string): Found {
  const cure = `Register ${callbackUrl.href} there as redirect URI, to the letter.`
  return finding('client.redirect-uri', 'fault', text, cure)
}

function cameBack({ callbackUrl }: Patient, query: URLSearchParams): Found {
  const id = 'client.redirect-uri'
  const error = query.get('error') ?? ''
  if (error === '' || wantsUser.has(error))
    return finding(id, 'ok', `${callbackUrl.href} is registered.`)
  const code = /^\w{1,60}$/.test(error) ? error : 'an error'
  return finding(
    id,
    'fault',
    `${callbackUrl.href} is registered, and a sign-in is refused with ${code}.`,
    cures[code] ?? 'Look into the provider’s log for what it misses.',
  )
}

const cures: Readonly<Record<string, string>> = {
  invalid_scope: 'Ask only for scopes in OIDC_SCOPE that this client may have.',
  unauthorized_client: 'Switch on the authorization code flow for this client.',
  unsupported_response_type: 'Switch on the authorization code flow for this client.',
  invalid_target: 'Register the API that OIDC_AUTHORIZE_PARAMS or upstreams name as resource.',
  invalid_request: 'See that OIDC_AUTHORIZE_PARAMS is what the provider knows.',
  access_denied: 'Let users of this kind use the client.',
}

/** Only a refusal says something: many providers find out later, or show a page in any case. */
async function postLogoutUri(patient: Patient): Promise<readonly Found[]> {
  const id = 'client.post-logout-uri'
  const { href } = patient.postLogoutUrl
  const url = await patient.provider().endSessionUrl(null, 'strongroom-doctor')
  if (url === null) return []
  const answer = await patient.ask(url).catch(() => null)
  if (answer === null) return []
  const body = await answer.text()
  const isRefused =
    answer.status >= 400 && answer.status < 500 && /post[_ ]logout[_ ]redirect/i.test(body)
  return [
    isRefused
      ? finding(
          id,
          'fault',
          `The provider refuses ${href} as post-logout redirect URI.`,
          `Register ${href} there as post-logout redirect URI, slash at the end included.`,
        )
      : finding(
          id,
          'note',
          `${href} is not refused as post-logout redirect URI; that says no more.`,
        ),
  ]
}
