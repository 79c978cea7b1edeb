import type { ServerMetadata } from 'openid-client'
import {
  fapiAlgorithms,
  fapiAuthentications,
  isFapiAlgorithm,
  isFapiAuthentication,
} from '../base/fapi2.ts'
import { PlainError } from '../base/plain-error.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** No I/O. */

type Demands = Pick<
  ProviderSettings,
  | 'clientAuthentication'
  | 'clientCertificate'
  | 'clientKeys'
  | 'dpop'
  | 'profile'
  | 'responseMode'
  | 'signedRequests'
>

/** A discovery document. Whatever stands in it may be of any type. */
type Offers = Readonly<Record<string, unknown>>

/** What the settings demand and the provider does not offer, or the reverse. */
export class UnmetDemand extends PlainError {
  override readonly name = 'UnmetDemand'
  /** A sentence for each. */
  readonly unmet: readonly string[]

  constructor(unmet: readonly string[]) {
    super(unmet.join(' '))
    this.unmet = unmet
  }
}

/**
 * Checks that provider and settings can work together before anybody is sent to sign in. Throws {@link UnmetDemand}, which names all
 * that is missing.
 */
export function checkDemands(server: ServerMetadata, settings: Demands): void {
  const unmet = unmetDemands(server, settings)
  if (unmet.length > 0) throw new UnmetDemand(unmet)
}

/** The same as sentences, one for each; none where all is well. */
export function unmetDemands(server: Offers, settings: Demands): readonly string[] {
  return [
    ...unmetByKeys(server, settings),
    ...unmetByAnswers(server, settings),
    ...(settings.profile === 'fapi2' ? lackedOfFapi2(server, settings) : []).map(
      (what) => `The profile fapi2 can’t be kept: the provider ${what}.`,
    ),
  ]
}

function unmetByKeys(server: Offers, settings: Demands): readonly string[] {
  const isSigned =
    settings.signedRequests === 'always' || server['require_signed_request_object'] === true
  return isSigned && settings.clientKeys.length === 0
    ? [
        'The provider takes signed requests alone (require_signed_request_object), and there is no key to sign with: set OIDC_CLIENT_KEY_FILE.',
      ]
    : []
}

function unmetByAnswers(server: Offers, settings: Demands): readonly string[] {
  const modes = server['response_modes_supported']
  const lacksJarm =
    settings.responseMode === 'jwt' &&
    Array.isArray(modes) &&
    !modes.some((mode) => mode === 'jwt' || mode === 'query.jwt')
  return lacksJarm
    ? ['The provider has no response_mode "jwt", and provider.responseMode asks for it.']
    : []
}

/**
 * What of that a provider lacks which it must offer so that a client can keep to the profile (FAPI 2.0 Security Profile §5.3.2.1,
 * §5.3.3.1): what can be said of it, each.
 */
export function lackedOfFapi2(
  server: Offers,
  settings: Pick<Demands, 'clientAuthentication' | 'clientCertificate' | 'dpop'>,
): readonly string[] {
  const { clientAuthentication: used } = settings
  const ways = used === null || !isFapiAuthentication(used) ? fapiAuthentications : [used]
  const sentences: readonly (readonly [boolean, string])[] = [
    [
      server['pushed_authorization_request_endpoint'] !== undefined,
      'has no pushed_authorization_request_endpoint (RFC 9126)',
    ],
    [
      namesOne(server, 'code_challenge_methods_supported', (method) => method === 'S256'),
      'does not list S256 among its code_challenge_methods_supported (RFC 7636)',
    ],
    [
      server['authorization_response_iss_parameter_supported'] === true,
      'does not promise iss in its answers (authorization_response_iss_parameter_supported, RFC 9207)',
    ],
    [
      namesOne(server, 'id_token_signing_alg_values_supported', isFapiAlgorithm),
      `signs ID tokens with none of ${fapiAlgorithms.join(', ')} (id_token_signing_alg_values_supported)`,
    ],
    [
      namesOne(server, 'token_endpoint_auth_methods_supported', (name) =>
        ways.some((way) => way === name),
      ),
      `takes no client by ${ways.join(', ')} (token_endpoint_auth_methods_supported)`,
    ],
    [
      settings.dpop ||
        settings.clientCertificate === null ||
        server['tls_client_certificate_bound_access_tokens'] === true,
      'does not bind access tokens to a certificate (tls_client_certificate_bound_access_tokens, RFC 8705)',
    ],
    [
      !settings.dpop ||
        namesOne(server, 'dpop_signing_alg_values_supported', (name) => name === 'ES256'),
      'does not bind access tokens to a key (dpop_signing_alg_values_supported with ES256, RFC 9449)',
    ],
  ]
  return sentences.filter(([isMet]) => !isMet).map(([, what]) => what)
}

function namesOne(server: Offers, list: string, fits: (name: string) => boolean): boolean {
  const names = server[list]
  return Array.isArray(names) && names.some((name) => typeof name === 'string' && fits(name))
}
