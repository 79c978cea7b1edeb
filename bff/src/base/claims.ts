/** No I/O. Claims of a user (OpenID Connect Core §5.1) that a session keeps and the page may see. */

/** Whatever else the provider sends would only make the cookie larger. */
export const defaultClaims: readonly string[] = [
  'name',
  'given_name',
  'family_name',
  'nickname',
  'preferred_username',
  'email',
  'email_verified',
  'picture',
  'locale',
]

/**
 * What no page has to know: it is about the ID token and the sign-in, not about the user. By `sid` anybody could sign a user out over
 * the front channel, and the sources of distributed claims hold access tokens (§5.6.2).
 */
export const protocolClaims: readonly string[] = [
  'sub',
  'sid',
  'iss',
  'aud',
  'azp',
  'exp',
  'iat',
  'nbf',
  'jti',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  '_claim_names',
  '_claim_sources',
]

/** Of another type they would break the app that reads them: some providers say `"true"`. */
const knownTypes: Readonly<Record<string, 'string' | 'boolean'>> = {
  ...Object.fromEntries(defaultClaims.map((name) => [name, 'string' as const])),
  email_verified: 'boolean',
}

/** Of all that a provider has told, the claims that are kept. */
export function chosenClaims(
  all: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => [name, all[name]] as const).filter(([name, value]) => fits(name, value)),
  )
}

function fits(name: string, value: unknown): boolean {
  const type = Object.hasOwn(knownTypes, name) ? knownTypes[name] : undefined
  return type === undefined ? value != null : typeof value === type
}
