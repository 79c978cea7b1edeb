import { decodeJwt } from 'jose'
import type { TokenEndpointResponse } from 'openid-client'
import { certificateThumbprint, type ClientCertificate } from '../base/client-certificate.ts'
import { dpopThumbprint, type DpopKey } from '../base/dpop-key.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { ProviderSettings } from './provider-settings.ts'
import { UnusableTokens } from './untrusted-answer.ts'

/** What access tokens are bound to, by their own word. Into one that is no JWT nobody can look but its API. */
export interface TokenBinding {
  /**
   * To be called before tokens are asked for: a certificate may be renewed while the answer is on its way.
   *
   * @param key  what the access token is asked to be bound to; nothing for a bearer token
   * @returns what judges the answer. Throws {@link UnusableTokens}.
   */
  expect(key: DpopKey | undefined): (answer: TokenEndpointResponse) => void
}

type BindingSettings = Pick<ProviderSettings, 'certificateBinding' | 'clientCertificate'>

export function tokenBinding(
  { certificateBinding, clientCertificate }: BindingSettings,
  telemetry: Telemetry,
): TokenBinding {
  let told = false

  function checkCertificate(accessToken: string, certificate: ClientCertificate): void {
    const bound = confirmationOf(accessToken)
    if (bound === null || bound['x5t#S256'] === certificateThumbprint(certificate)) return
    const detail = 'the access token is not bound to our certificate (cnf, x5t#S256)'
    if (certificateBinding === 'required') throw new UnusableTokens('token_not_bound', detail)
    // The next will be like it.
    if (!told) telemetry.record({ name: 'access-token-not-bound', detail })
    told = true
  }

  return {
    expect(key) {
      if (key !== undefined) return (answer) => checkKey(answer, key)
      if (certificateBinding === null || clientCertificate === null) return () => {}
      const certificate = { ...clientCertificate }
      return ({ access_token: accessToken }) => checkCertificate(accessToken, certificate)
    },
  }
}

/** Where the token does not say it, its type does (RFC 9449 §5). */
function checkKey(
  { access_token: accessToken, token_type: type }: TokenEndpointResponse,
  key: DpopKey,
): void {
  const thumbprint = type === 'dpop' ? confirmationOf(accessToken)?.['jkt'] : undefined
  if (thumbprint !== undefined && thumbprint !== dpopThumbprint(key))
    throw new UnusableTokens(
      'token_not_bound',
      'the access token is bound to another key than ours (cnf, jkt)',
    )
}

/** What a JWT says that it is bound to (`cnf`, RFC 7800 §3.1), if anything; null where the token is none. */
function confirmationOf(accessToken: string): Readonly<Record<string, unknown>> | null {
  try {
    const { cnf } = decodeJwt(accessToken)
    return typeof cnf === 'object' && cnf !== null ? { ...cnf } : {}
  } catch {
    return null
  }
}
