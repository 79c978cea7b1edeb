/** Of a provider whose habits are known. */
export type PresetName =
  | 'auth0'
  | 'authentik'
  | 'cognito'
  | 'entra'
  | 'google'
  | 'keycloak'
  | 'okta'
  | 'zitadel'
