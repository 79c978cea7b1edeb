import { lackedOfFapi2, unmetDemands } from '../provider/check-demands.ts'
import type { Settings } from '../options/resolve-options.ts'
import { check, finding, type Finding } from './check.ts'
import { listOf, named, textOf } from './provider-document.ts'

type Metadata = Readonly<Record<string, unknown>>

type Id =
  | 'support.introspection'
  | 'support.token-exchange'
  | 'support.mutual-tls'
  | 'support.resource-indicators'
  | 'support.signed-requests'
  | 'support.signed-answers'
  | 'support.pushed-requests'
  | 'support.issuer-in-answer'
  | 'support.dpop'
  | 'support.step-up'
  | 'support.fapi2'
  | 'support.demands'

type Found = Finding<Id>

export const checkProtocols = check<Id>({
  title: 'The stronger protocols: what is offered, and what is in use',
  tells: {
    'support.introspection':
      'Whether tokens can be asked about (RFC 7662), and when they are: never, for restored sessions, every so many seconds, or at userinfo in its place.',
    'support.token-exchange':
      'Whether the session’s token can be exchanged for narrower ones (RFC 8693), and the rows that do. Few providers say so.',
    'support.mutual-tls':
      'Whether the client can prove itself by a certificate, and have tokens bound to it (RFC 8705).',
    'support.resource-indicators':
      'What asks for tokens by resource (RFC 8707). No document says whether a provider knows of it.',
    'support.signed-requests': 'Whether authorization requests are signed (RFC 9101).',
    'support.signed-answers': 'Whether answers come in a JWT (JARM).',
    'support.pushed-requests': 'Pushed authorization requests (RFC 9126).',
    'support.issuer-in-answer': '`iss` in the answer to a sign-in (RFC 9207).',
    'support.dpop':
      'Whether access tokens can be bound to keys (DPoP, RFC 9449), if `OIDC_DPOP` asks for it.',
    'support.step-up':
      'Whether the provider knows the ways to sign in (`acr`) that rows of upstreams demand (RFC 9470).',
    'support.fapi2':
      'Whether the provider offers all that the profile `fapi2` takes, and what it lacks.',
    'support.demands':
      'What the settings take and it does not offer, or the reverse, so that nobody can sign in: the profile `fapi2`, signed requests (RFC 9101), signed answers (JARM).',
  },
  async run(patient) {
    const { metadata } = await patient.document()
    if (metadata === null) return []
    const { settings } = patient
    return [
      introspection(metadata, settings),
      tokenExchange(metadata, settings),
      mutualTls(metadata, settings),
      resourceIndicators(settings),
      signedRequests(metadata, settings),
      signedAnswers(metadata, settings),
      pushedRequests(metadata, settings),
      issuerInAnswer(metadata),
      dpop(metadata, settings),
      stepUp(metadata, settings),
      fapi2(metadata, settings),
      ...demands(metadata, settings),
    ]
  },
})

function introspection(metadata: Metadata, { provider }: Settings): Found {
  const id = 'support.introspection'
  const { introspectByUserinfo, introspection: when } = provider
  const isOffered = textOf(metadata, 'introspection_endpoint') !== null
  const byUserinfo =
    !isOffered && introspectByUserinfo && textOf(metadata, 'userinfo_endpoint') !== null
  const what = `Introspection (RFC 7662): ${isOffered ? 'offered' : 'not offered'}`
  const asked = byUserinfo ? '; userinfo is asked in its place' : '; used'
  if (when === 'never')
    return finding(
      id,
      'note',
      isOffered || byUserinfo
        ? `${what}${asked} on demand alone (GET /auth/session?check=provider), as OIDC_INTROSPECTION is never.`
        : `${what}, and not asked for.`,
    )
  const often =
    when === 'restore' ? 'before the first call of a restored session' : `every ${when} s`
  if (isOffered || byUserinfo) return finding(id, 'ok', `${what}${asked}, ${often}.`)
  return finding(
    id,
    'warning',
    `${what}, and OIDC_INTROSPECTION asks for it: a token that is revoked there is good here until it ends.`,
    'Leave OIDC_INTROSPECTION out, or set provider.introspectByUserinfo where userinfo takes the access tokens.',
  )
}

function tokenExchange(metadata: Metadata, { upstreams }: Settings): Found {
  const id = 'support.token-exchange'
  const grants = listOf(metadata, 'grant_types_supported')
  const isListed = grants?.includes('urn:ietf:params:oauth:grant-type:token-exchange')
  const offer = isListed
    ? 'offered'
    : grants === null
      ? 'the provider does not say whether it offers it'
      : 'not listed by the provider'
  const rows = upstreams.filter(({ accessToken }) => accessToken?.by === 'exchange')
  const what = `Token exchange (RFC 8693): ${offer}`
  if (rows.length === 0) return finding(id, 'note', `${what}; no row of upstreams uses it.`)
  const used = `${what}; used for ${prefixesOf(rows)}.`
  if (isListed !== false) return finding(id, isListed ? 'ok' : 'note', used)
  return finding(id, 'warning', used, 'Allow this client the grant there, and try a call.')
}

function mutualTls(metadata: Metadata, { provider, upstreams }: Settings): Found {
  const id = 'support.mutual-tls'
  const { clientAuthentication, clientCertificate } = provider
  const methods = (listOf(metadata, 'token_endpoint_auth_methods_supported') ?? []).filter(
    (method) => /^(self_signed_)?tls_client_auth$/.test(method),
  )
  const offers = [
    ...(methods.length > 0 ? [`client authentication by ${named(methods)}`] : []),
    ...(metadata['tls_client_certificate_bound_access_tokens'] === true
      ? ['tokens bound to the certificate']
      : []),
  ]
  const what = `Mutual TLS (RFC 8705): ${offers.length > 0 ? `${offers.join(' and ')} offered` : 'not offered'}`
  if (clientCertificate === null) return finding(id, 'note', `${what}; not used.`)
  const rows = upstreams.filter((row) => row.clientCertificate === true)
  const provesUs = /^(self_signed_)?tls_client_auth$/.test(clientAuthentication ?? '')
  const used = [
    'the certificate is shown to the provider',
    ...(provesUs ? ['proves the client'] : []),
    ...(rows.length > 0 ? [`is shown to ${prefixesOf(rows)}`] : []),
  ].join(', ')
  return offers.length > 0
    ? finding(id, 'ok', `${what}; ${used}.`)
    : finding(
        id,
        'warning',
        `${what}; ${used}.`,
        'Switch it on there for this client, or leave OIDC_TLS_CERT_FILE out.',
      )
}

/** Of the provider's part nothing can be known without trying. */
function resourceIndicators({ grants, provider, upstreams }: Settings): Found {
  const rows = upstreams.filter(
    ({ accessToken, clientToken }) => (accessToken ?? clientToken)?.resource !== undefined,
  )
  const users = [
    ...(provider.authorizeParameters['resource'] === undefined ? [] : ['every sign-in']),
    ...rows.map(({ prefix }) => prefix),
    ...grants.filter(({ resource }) => resource !== null).map(({ name }) => `the grant ${name}`),
  ]
  return finding(
    'support.resource-indicators',
    'note',
    `Resource indicators (RFC 8707): no document says whether a provider knows of them; ${users.length === 0 ? 'not used' : `used for ${users.join(', ')}`}.`,
  )
}

function signedRequests(metadata: Metadata, { provider }: Settings): Found {
  const id = 'support.signed-requests'
  const isRequired = metadata['require_signed_request_object'] === true
  const isOffered = isRequired || metadata['request_parameter_supported'] === true
  const what = `Signed requests (JAR, RFC 9101): ${isRequired ? 'required' : isOffered ? 'offered' : 'not offered'}`
  if (isRequired || provider.signedRequests === 'always')
    return provider.clientKeys.length > 0
      ? finding(id, isOffered ? 'ok' : 'note', `${what}; used.`)
      : finding(id, 'note', `${what}; there is no key to sign with.`)
  return finding(id, 'note', `${what}; not used.`)
}

function signedAnswers(metadata: Metadata, { provider }: Settings): Found {
  const modes = listOf(metadata, 'response_modes_supported')
  const isOffered = modes?.some((mode) => mode === 'jwt' || mode === 'query.jwt') === true
  const isUsed = provider.responseMode === 'jwt'
  return finding(
    'support.signed-answers',
    isOffered && isUsed ? 'ok' : 'note',
    `Signed answers (JARM): ${isOffered ? 'offered' : 'not offered'}; ${isUsed ? 'used' : 'not used'}.`,
  )
}

function pushedRequests(metadata: Metadata, { provider }: Settings): Found {
  const id = 'support.pushed-requests'
  const what = 'Pushed authorization requests (PAR, RFC 9126)'
  if (textOf(metadata, 'pushed_authorization_request_endpoint') === null)
    return finding(id, 'note', `${what}: not offered.`)
  const isUsed =
    metadata['require_pushed_authorization_requests'] === true ||
    provider.pushedRequests === 'when-offered'
  return isUsed
    ? finding(id, 'ok', `${what}: offered; used.`)
    : finding(id, 'note', `${what}: offered; not used, as set.`)
}

function issuerInAnswer(metadata: Metadata): Found {
  const id = 'support.issuer-in-answer'
  const what = 'iss in the answer to a sign-in (RFC 9207)'
  return metadata['authorization_response_iss_parameter_supported'] === true
    ? finding(id, 'ok', `${what}: offered; checked.`)
    : finding(id, 'note', `${what}: not promised; checked where it comes.`)
}

function dpop(metadata: Metadata, { provider }: Settings): Found {
  const id = 'support.dpop'
  const algorithms = listOf(metadata, 'dpop_signing_alg_values_supported') ?? []
  const what = 'Tokens bound to keys (DPoP, RFC 9449)'
  if (algorithms.includes('ES256') && provider.dpop)
    return finding(id, 'ok', `${what}: offered; used.`)
  if (provider.dpop)
    return finding(
      id,
      'fault',
      'OIDC_DPOP is on, and the provider does not list DPoP (RFC 9449) with ES256: it would give bearer tokens, which are refused.',
      'Switch it on at the provider, or leave OIDC_DPOP out.',
    )
  return algorithms.length === 0
    ? finding(id, 'note', `${what}: not offered; not used.`)
    : finding(
        id,
        'note',
        `${what}: offered; not used. Set OIDC_DPOP=on if your APIs check the proofs.`,
      )
}

/** An API demands it by its own answers, too, which are heeded everywhere: only rows can be told of. */
function stepUp(metadata: Metadata, { upstreams }: Settings): Found {
  const id = 'support.step-up'
  const offered = listOf(metadata, 'acr_values_supported')
  const rows = upstreams.filter(
    ({ acrValues, maxAge }) => acrValues !== undefined || maxAge !== undefined,
  )
  const what = `Step-up (RFC 9470): ${offered === null ? 'the provider does not say which acr_values it knows' : `${named(offered)} offered`}`
  if (rows.length === 0)
    return finding(
      id,
      'note',
      `${what}; no row of upstreams asks for it. What an API demands is passed on.`,
    )
  const unknown = rows.filter(
    ({ acrValues }) => acrValues && offered && !acrValues.some((acr) => offered.includes(acr)),
  )
  if (unknown.length === 0)
    return finding(
      id,
      offered === null ? 'note' : 'ok',
      `${what}; asked for by ${prefixesOf(rows)}.`,
    )
  return finding(
    id,
    'warning',
    `Step-up (RFC 9470): the row ${prefixesOf(unknown)} demands what the provider does not list (${named(offered ?? [])}), so nobody may ever satisfy it.`,
    'Let its acrValues name what the provider lists, or set such a way to sign in up there.',
  )
}

function fapi2(metadata: Metadata, { provider }: Settings): Found {
  const id = 'support.fapi2'
  const isUsed = provider.profile === 'fapi2'
  // With what tokens would be bound to, if nothing is set yet.
  const dpop = provider.dpop || provider.clientCertificate === null
  const lacks = lackedOfFapi2(metadata, { ...provider, dpop })
  const what = 'FAPI 2.0 Security Profile'
  if (lacks.length === 0)
    return isUsed
      ? finding(id, 'ok', `${what}: the provider offers all that it takes; used.`)
      : finding(
          id,
          'note',
          `${what}: the provider offers all that it takes; not used (OIDC_PROFILE=fapi2).`,
        )
  return finding(
    id,
    'note',
    `${what}: not offered, as the provider ${lacks.join('; ')}. ${isUsed ? 'Asked for' : 'Not used'}.`,
  )
}

function demands(metadata: Metadata, { provider }: Settings): readonly Found[] {
  const cure = 'Switch it on at the provider, or take the setting back.'
  return unmetDemands(metadata, provider).map((sentence) =>
    finding('support.demands', 'fault', sentence, cure),
  )
}

function prefixesOf(rows: readonly { readonly prefix: string }[]): string {
  return rows.map(({ prefix }) => prefix).join(', ')
}
