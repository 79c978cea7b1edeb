import { ClientSecretBasic, ClientSecretPost, type ClientAuth } from 'openid-client'

/** How the client proves itself at the token endpoint (OpenID Connect Core §9). */
export type ClientAuthentication = 'client_secret_post' | 'client_secret_basic'

interface Credentials {
  readonly clientSecret: string
  /** `null`: `client_secret_post` where the provider takes it. */
  readonly clientAuthentication: ClientAuthentication | null
}

/** The secret in the body unless the provider takes it in the header only: some misread percent-encoding there. */
export function clientAuthentication({
  clientAuthentication,
  clientSecret,
}: Credentials): ClientAuth {
  const post = ClientSecretPost(clientSecret)
  const basic = ClientSecretBasic(clientSecret)
  return (server, client, body, headers) => {
    const accepted = server.token_endpoint_auth_methods_supported ?? ['client_secret_post']
    const choice =
      clientAuthentication ??
      (accepted.includes('client_secret_post') || !accepted.includes('client_secret_basic')
        ? 'client_secret_post'
        : 'client_secret_basic')
    return (choice === 'client_secret_post' ? post : basic)(server, client, body, headers)
  }
}
