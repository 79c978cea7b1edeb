import type { ClientKey } from '../base/client-keys.ts'
import {
  fapiAlgorithms,
  fapiAuthentications,
  isFapiAlgorithm,
  isFapiAuthentication,
} from '../base/fapi2.ts'
import { isLoopbackHost } from '../base/loopback.ts'
import { authenticationOf } from './authentication-of.ts'
import type { Fault } from './fault.ts'
import type { BffOptions, ProviderOptions, UpstreamOptions } from './options.ts'

/** No I/O. */

/** What contradicts the profile (FAPI 2.0 Security Profile): it changes no setting that somebody made, and passes over none. */
export function checkFapi2(
  { provider, upstreams }: BffOptions,
  { clientKeys }: { readonly clientKeys: readonly ClientKey[] },
): readonly Fault[] {
  return [...clientFaults(provider, clientKeys), ...rowFaults(upstreams, provider.dpop === true)]
}

function clientFaults(
  provider: ProviderOptions,
  clientKeys: readonly ClientKey[],
): readonly Fault[] {
  const { clientCertificate = '' } = provider
  const method = authenticationOf(provider) ?? 'client_secret_post'
  const wrongKey = clientKeys.find(({ algorithm }) => !isFapiAlgorithm(algorithm))
  const sentences: readonly (readonly [boolean, string, string])[] = [
    [
      provider.issuer?.startsWith('http:') === true,
      'issuer',
      'is plain http, and the profile fapi2 wants TLS everywhere. Use https.',
    ],
    [
      !isFapiAuthentication(method),
      'clientAuthentication',
      `is ${method}, and the profile fapi2 allows ${fapiAuthentications.join(', ')} alone. Set OIDC_CLIENT_KEY_FILE and leave the secret out, or set OIDC_CLIENT_AUTH.`,
    ],
    [
      wrongKey !== undefined,
      'clientKeys',
      `holds a key for ${wrongKey?.algorithm}, and the profile fapi2 allows ${fapiAlgorithms.join(', ')} alone.`,
    ],
    [
      clientCertificate === '' && provider.dpop !== true,
      'profile',
      'is fapi2, which wants access tokens bound to their sender, and there is nothing to bind them to. Set OIDC_DPOP=on, or OIDC_TLS_CERT_FILE and OIDC_TLS_KEY_FILE.',
    ],
    [
      provider.acceptBearerTokens === true,
      'acceptBearerTokens',
      'is true, and the profile fapi2 takes no token that is not bound. Leave it out.',
    ],
    [
      provider.pushedRequests === 'when-required',
      'pushedRequests',
      'is "when-required", and the profile fapi2 pushes every request. Leave it out.',
    ],
    [
      provider.clientAssertionAudience === 'token-endpoint',
      'clientAssertionAudience',
      'is "token-endpoint", and the profile fapi2 allows the issuer alone. Leave it out.',
    ],
    [
      provider.idTokenAlgorithm !== undefined && !isFapiAlgorithm(provider.idTokenAlgorithm),
      'idTokenAlgorithm',
      `is ${provider.idTokenAlgorithm}, and the profile fapi2 allows ${fapiAlgorithms.join(', ')} alone.`,
    ],
  ]
  return sentences
    .filter(([contradicts]) => contradicts)
    .map(([, option, text]) => ({ option: `provider.${option}`, text }))
}

/** An API that is called without a token is none of its business. */
function rowFaults(rows: readonly UpstreamOptions[], isBoundToKeys: boolean): readonly Fault[] {
  // Of a table that is none its own check tells.
  const all = Array.isArray(rows) ? rows : []
  return all.flatMap(({ dpop, target, token }: UpstreamOptions, index) => {
    if (token === 'none') return []
    const row = `upstreams[${index}]`
    const url = typeof target === 'string' ? URL.parse(target) : null
    const faults: Fault[] = []
    if (url?.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
      const text = 'is plain http, and the profile fapi2 wants TLS everywhere. Use https.'
      faults.push({ option: `${row}.target`, text })
    }
    if (isBoundToKeys && dpop === false) {
      const text =
        'is false, and the profile fapi2 asks for no bearer tokens. Leave it out, and have the API check the proofs.'
      faults.push({ option: `${row}.dpop`, text })
    }
    return faults
  })
}
