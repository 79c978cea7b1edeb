/** How a client may prove itself at the token endpoint (OpenID Connect Core §9). `none` is not among them. */
export const clientAuthentications = [
  'client_secret_post',
  'client_secret_basic',
  'client_secret_basic_raw',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const

export type ClientAuthentication = (typeof clientAuthentications)[number]
