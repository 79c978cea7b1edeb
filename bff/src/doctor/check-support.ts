import { signingAlgorithms } from '../base/signing-algorithms.ts'
import { authenticationAt } from '../provider/client-authentication.ts'
import { check, finding, type Finding } from './check.ts'
import type { Patient } from './patient.ts'
import { listOf, named } from './provider-document.ts'

type Metadata = Readonly<Record<string, unknown>>

type Id =
  | 'support.code'
  | 'support.pkce'
  | 'support.refresh'
  | 'support.client-authentication'
  | 'support.signing-algorithms'
  | 'support.revocation'
  | 'support.end-session'
  | 'support.backchannel-logout'
  | 'support.offline-access'

type Found = Finding<Id>

export const checkSupport = check<Id>({
  title: 'What the provider supports, and what is used of it',
  tells: {
    'support.code': 'The authorization code flow.',
    'support.pkce': 'PKCE with S256 (RFC 7636).',
    'support.refresh': 'Refresh tokens.',
    'support.client-authentication':
      'How the client proves itself at the token endpoint, and whether `OIDC_CLIENT_AUTH` is among it.',
    'support.signing-algorithms':
      'What ID tokens are signed with, and whether `provider.idTokenAlgorithm` is among it.',
    'support.revocation': 'Revocation of tokens (RFC 7009).',
    'support.end-session': 'Sign-out at the provider (RP-Initiated Logout).',
    'support.backchannel-logout':
      'Whether sign-out at the provider can end sessions here: back-channel, else front-channel logout.',
    'support.offline-access': 'Whether the scope `offline_access`, if it is asked for, is known.',
  },
  async run(patient) {
    const { metadata } = await patient.document()
    if (metadata === null) return []
    return [
      ...code(metadata),
      pkce(metadata),
      ...refresh(metadata),
      clientAuthentication(metadata, patient),
      algorithms(metadata, patient),
      revocation(metadata),
      endSession(metadata),
      logout(metadata),
      ...offlineAccess(metadata, patient),
    ]
  },
})

function code(metadata: Metadata): readonly Found[] {
  const types = listOf(metadata, 'response_types_supported')
  if (types === null || types.includes('code')) return []
  return [
    finding(
      'support.code',
      'fault',
      'The provider does not offer the authorization code flow (response type "code").',
      'Switch it on there for this client.',
    ),
  ]
}

function pkce(metadata: Metadata): Found {
  const methods = listOf(metadata, 'code_challenge_methods_supported')
  if (methods?.includes('S256')) return finding('support.pkce', 'ok', 'PKCE with S256: used.')
  return methods === null
    ? finding('support.pkce', 'note', 'PKCE: sent; the provider does not say whether it checks it.')
    : finding(
        'support.pkce',
        'warning',
        'The provider lists no S256 among its PKCE methods. A challenge is sent all the same.',
        'Ask the provider whether it is checked, and require it for this client if it can be.',
      )
}

function refresh(metadata: Metadata): readonly Found[] {
  // What it means to say nothing (OpenID Connect Discovery §3) is what hardly any provider means by it.
  const grants = listOf(metadata, 'grant_types_supported')
  if (grants === null || grants.includes('refresh_token')) return []
  return [
    finding(
      'support.refresh',
      'warning',
      'The provider lists no refresh tokens: a session ends with its first access token.',
      'Switch refresh tokens on there, or let access tokens live as long as sessions are to.',
    ),
  ]
}

function clientAuthentication(metadata: Metadata, { options, settings }: Patient): Found {
  const id = 'support.client-authentication'
  const listed = listOf(metadata, 'token_endpoint_auth_methods_supported')
  const used = authenticationAt(settings.provider.clientAuthentication, listed)
  if (listed !== null && !listed.includes(used))
    return finding(
      id,
      'fault',
      `The client proves itself by ${used}, which the provider does not list (${named(listed)}).`,
      options.bff.provider.clientAuthentication === undefined
        ? 'Let the provider take it from this client, or give Strongroom what one of these needs.'
        : 'Leave OIDC_CLIENT_AUTH out, or set it to one of these.',
    )
  return finding(
    id,
    'ok',
    `Client authentication: ${listed === null ? 'nothing listed' : named(listed)}; used is ${used}.`,
  )
}

function algorithms(metadata: Metadata, { settings }: Patient): Found {
  const id = 'support.signing-algorithms'
  const offered = listOf(metadata, 'id_token_signing_alg_values_supported') ?? ['RS256']
  const pinned = settings.provider.idTokenAlgorithm
  const good = signingAlgorithms.filter((algorithm) => offered.includes(algorithm))
  if (pinned !== null && !offered.includes(pinned))
    return finding(
      id,
      'fault',
      `provider.idTokenAlgorithm is ${pinned}, and the provider signs with ${named(offered)}.`,
      'Leave it out, or set it to the one that is chosen for this client at the provider.',
    )
  return good.length > 0
    ? finding(
        id,
        'ok',
        `ID tokens are signed with ${named(offered)}; taken is ${pinned ?? named(good)}.`,
      )
    : finding(
        id,
        'fault',
        `ID tokens are signed with ${named(offered)}, none of which is asymmetric.`,
        'Choose RS256 or ES256 for this client at the provider.',
      )
}

function revocation(metadata: Metadata): Found {
  return typeof metadata['revocation_endpoint'] === 'string'
    ? finding('support.revocation', 'ok', 'Revocation: used at sign-out.')
    : finding(
        'support.revocation',
        'warning',
        'The provider revokes no tokens: after a sign-out an access token lives until it expires.',
        'Let access tokens live for a few minutes.',
      )
}

function endSession(metadata: Metadata): Found {
  return typeof metadata['end_session_endpoint'] === 'string'
    ? finding('support.end-session', 'ok', 'Sign-out at the provider: used.')
    : finding(
        'support.end-session',
        'warning',
        'The provider can’t be signed out of: whoever signs out here is signed in again with one click.',
        'Say so to users of shared machines, or set OIDC_AUTHORIZE_PARAMS=prompt=login.',
      )
}

function logout(metadata: Metadata): Found {
  const id = 'support.backchannel-logout'
  const back = metadata['backchannel_logout_supported'] === true
  const front = metadata['frontchannel_logout_supported'] === true
  if (back)
    return metadata['backchannel_logout_session_supported'] === true
      ? finding(id, 'ok', 'Back-channel logout: used, once its URI is registered.')
      : finding(
          id,
          'ok',
          'Back-channel logout: used, once its URI is registered; it may end all of a user’s sessions, as it names none.',
        )
  return front
    ? finding(
        id,
        'ok',
        'Front-channel logout: used, once its URI is registered. Browsers that block third-party cookies may keep it from working.',
      )
    : finding(
        id,
        'note',
        'Back-channel and front-channel logout: not offered. A sign-out elsewhere is noticed when the next refresh is refused.',
      )
}

function offlineAccess(metadata: Metadata, { settings }: Patient): readonly Found[] {
  const scopes = listOf(metadata, 'scopes_supported')
  const asks = settings.provider.scope.split(' ').includes('offline_access')
  if (!asks || scopes === null || scopes.includes('offline_access')) return []
  return [
    finding(
      'support.offline-access',
      'warning',
      'OIDC_SCOPE asks for offline_access, which the provider does not list.',
      'Take it out of OIDC_SCOPE. Google wants OIDC_AUTHORIZE_PARAMS=access_type=offline&prompt=consent in its place; others give a refresh token without.',
    ),
  ]
}
