import {
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  PrivateKeyJwt,
  TlsClientAuth,
  type ClientAuth,
} from 'openid-client'
import type { ClientAuthentication } from '../base/client-authentications.ts'
import { signingKey, type ClientKey } from '../base/client-keys.ts'

interface Credentials {
  readonly clientSecret: string
  readonly clientKeys: readonly ClientKey[]
  /** `null`: the secret, as the provider takes it. */
  readonly clientAuthentication: ClientAuthentication | null
  readonly clientAssertionAudience: 'issuer' | 'token-endpoint'
}

export function clientAuthentication(credentials: Credentials): ClientAuth {
  const { clientAuthentication: said, clientSecret } = credentials
  if (said === 'private_key_jwt') return privateKeyJwt(credentials)
  // The certificate is shown while connecting (RFC 8705 §2): the request says nothing but whose it is.
  if (said === 'tls_client_auth' || said === 'self_signed_tls_client_auth') return TlsClientAuth()
  const methods = {
    client_secret_post: ClientSecretPost(clientSecret),
    client_secret_basic: ClientSecretBasic(clientSecret),
    client_secret_basic_raw: rawBasic(clientSecret),
  }
  return (server, ...request) => {
    const choice = authenticationAt(said, server.token_endpoint_auth_methods_supported ?? null)
    methods[choice](server, ...request)
  }
}

/**
 * What is used where the provider lists these: a secret goes into the body unless it takes it in the header only. Some misread
 * percent-encoding there.
 *
 * @param said  null where nothing is: there is a secret then
 */
export function authenticationAt<M extends ClientAuthentication>(
  said: M | null,
  listed: readonly string[] | null,
): M | 'client_secret_basic' | 'client_secret_post' {
  if (said !== null) return said
  const isInHeaderOnly =
    listed !== null &&
    listed.includes('client_secret_basic') &&
    !listed.includes('client_secret_post')
  return isInHeaderOnly ? 'client_secret_basic' : 'client_secret_post'
}

/** For who reads the header as RFC 7617 alone has it, and takes `%2D` in it for what it looks like. */
function rawBasic(clientSecret: string): ClientAuth {
  return (_server, client, _body, headers) => {
    const credentials = Buffer.from(`${client.client_id}:${clientSecret}`).toString('base64')
    headers.set('Authorization', `Basic ${credentials}`)
  }
}

/**
 * A fresh assertion for each request, good for a minute and for this provider alone (RFC 7523 §3). Its audience is the issuer, which
 * no other provider can make use of; some take their token endpoint's address only.
 */
function privateKeyJwt({ clientKeys, clientAssertionAudience }: Credentials): ClientAuth {
  return (server, ...rest) => {
    // It may have been renewed since the last time.
    const [first] = clientKeys
    if (first === undefined) throw new TypeError('There is no key: the options see to that.')
    return PrivateKeyJwt(
      { key: signingKey(first), kid: first.kid },
      {
        [modifyAssertion]: (_header, payload) => {
          if (clientAssertionAudience === 'token-endpoint') payload['aud'] = server.token_endpoint
        },
      },
    )(server, ...rest)
  }
}
