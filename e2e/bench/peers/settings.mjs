/** What every peer is told, in the words of Strongroom's own settings. */
export const settings = {
  port: Number(process.env['PORT']),
  publicUrl: variable('PUBLIC_URL'),
  issuer: variable('OIDC_ISSUER'),
  clientId: variable('OIDC_CLIENT_ID'),
  clientSecret: variable('OIDC_CLIENT_SECRET'),
  basicClientId: variable('BASIC_CLIENT_ID'),
  basicClientSecret: variable('BASIC_CLIENT_SECRET'),
  scope: variable('OIDC_SCOPE'),
  upstream: variable('API_UPSTREAM'),
  secret: variable('SESSION_SECRET'),
  accessTokenSeconds: Number(process.env['ACCESS_TOKEN_SECONDS']),
  fixedBearer: variable('FIXED_BEARER'),
}

/** @param {string} name */
function variable(name) {
  return process.env[name] ?? ''
}
