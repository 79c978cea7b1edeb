import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { protocolClaims } from '../base/claims.ts'
import { isLoopbackHost } from '../base/loopback.ts'
import { isReserved, reservedPaths } from '../base/reserved-paths.ts'
import { isAddressOrCidr } from '../base/proxy-trust.ts'
import { signingAlgorithms } from '../base/signing-algorithms.ts'
import { PlainError } from '../base/plain-error.ts'
import { wholeSeconds } from '../base/whole-seconds.ts'
import { clientAuthentications } from '../base/client-authentications.ts'
import { readClientKeys } from '../base/client-keys.ts'
import type { EndSessionHint } from '../provider/provider-settings.ts'
import type { RevokeAtSignOut } from '../tokens/revoke-tokens.ts'
import { nearestName } from './nearest-name.ts'
import { presetNames } from './presets/presets.ts'
import { readDecryptionKeys } from '../base/decryption-keys.ts'
import { encryptedAnswers as answerKinds } from '../base/encrypted-answers.ts'

/** What is wrong with a value, and the cure; null when nothing is. A secret is never repeated. */
export type Rule<T> = (value: T) => string | null

/** One of two words. */
export function eitherOf(first: string, second: string): Rule<string> {
  return (value) =>
    value === first || value === second
      ? null
      : `is neither "${first}" nor "${second}". Use one of them.`
}

export const publicUrl: Rule<string> = (value) => {
  const url = URL.parse(value)
  if (url === null || !isHttp(url))
    return 'is not a URL. Give the origin that browsers see, such as https://app.example.com.'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return 'is plain http. Use https: browsers keep the session’s cookie off plain http, except for localhost.'
  if (url.href !== `${url.origin}/`) return `has more than an origin. Give ${url.origin} alone.`
  return null
}

export const preset: Rule<string> = (value) => {
  if (presetNames.includes(value)) return null
  const nearest = nearestName(value, presetNames)
  const cure =
    nearest === null ? `Known are ${presetNames.join(', ')}.` : `Did you mean ${nearest}?`
  return `is not a provider known here. ${cure} Any other works without a preset.`
}

export const issuer: Rule<string> = (value) => {
  if (value === '')
    return 'is missing. Set it to the issuer URL of your OpenID provider, such as https://id.example.com.'
  if (/[{}]/.test(value))
    return 'holds a placeholder. Use the issuer of one tenant, with its id in the place of {tenantid}.'
  const url = URL.parse(value)
  if (url === null || !isHttp(url))
    return 'is not a URL. Copy "issuer" from the provider’s discovery document.'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return 'is plain http. Only a provider on this machine may be; use https.'
  if (url.username !== '' || url.password !== '')
    return 'holds a user name or password. Copy "issuer" from the provider’s discovery document.'
  if (url.search !== '' || url.hash !== '')
    return 'has a query or fragment. Copy "issuer" from the provider’s discovery document.'
  return null
}

/** Read without its issuer being derived from it, so its name must say what it is. */
export const discoveryUrl: Rule<string> = (value) => {
  const url = URL.parse(value)
  if (url === null || !isHttp(url) || !url.pathname.includes('/.well-known/'))
    return 'is not the address of a discovery document, such as https://id.example.com/app/.well-known/openid-configuration.'
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return 'is plain http. Only a provider on this machine may be; use https.'
  return url.username === '' && url.password === ''
    ? null
    : 'holds a user name or password. Leave them out.'
}

export function endSessionUrl(base: string): Rule<string> {
  return (value) => {
    const url = URL.parse(value, URL.canParse(base) ? base : 'https://id.example.com/')
    if (url === null || !isHttp(url) || url.username !== '' || url.password !== '')
      return 'is not a URL. Give where the provider’s own session ends, such as https://id.example.com/logout.'
    return url.protocol === 'http:' && !isLoopbackHost(url.hostname)
      ? 'is plain http. Only a provider on this machine may be; use https.'
      : null
  }
}

export const endSessionReturnParameter: Rule<string> = (value) =>
  /^\w+$/.test(value) && value !== 'client_id'
    ? null
    : 'is no name for where to come back to. Use post_logout_redirect_uri, or what the provider calls it.'

export function oneOf(...known: readonly string[]): Rule<string> {
  const told = known.map((word) => `"${word}"`)
  const cure = `Use ${told.slice(0, -1).join(', ')} or ${told.at(-1)}.`
  return (value) => (known.includes(value) ? null : `is not known here. ${cure}`)
}

export const endSessionHint = oneOf(
  ...(['optional', 'while-valid', 'required'] satisfies EndSessionHint[]),
)

export const revokeAtSignOut = oneOf(
  ...(['both', 'refresh-token', 'neither'] satisfies RevokeAtSignOut[]),
)

export const clientId: Rule<string> = (value) =>
  value === ''
    ? 'is missing. Register a confidential ("web") client at the provider and put its id here.'
    : null

/** @param said  the method of client authentication, if one was chosen */
export function clientSecret(said: string | undefined): Rule<string> {
  return (value) => {
    if (value !== '') return null
    return said === undefined
      ? 'is missing. Strongroom is a confidential client; put the secret that the provider issued here, or give it a key (OIDC_CLIENT_KEY_FILE).'
      : `is missing, which ${said} proves us by. Put the secret that the provider issued here, or set OIDC_CLIENT_AUTH to what is to prove us.`
  }
}

export const clientKeys: Rule<string> = (value) => {
  const cure =
    'Give a private JWK, a JWK Set or PEM, or a file with it (OIDC_CLIENT_KEY_FILE); strongroom keygen --client-key makes one.'
  if (value.trim() === '') return `is missing. ${cure}`
  const named = nameOfFile(value, 'OIDC_CLIENT_KEY_FILE')
  if (named !== null) return named
  try {
    readClientKeys(value)
    readDecryptionKeys(value)
    return null
  } catch (error) {
    const what = error instanceof PlainError ? error.message : 'can’t be read'
    return `${what}. ${cure}`
  }
}

/** For what is given as text: a path in its place would be told as a key that is none. */
export function nameOfFile(text: string, variable: string): string | null {
  const isPath =
    !/[\n{]/.test(text.trim()) &&
    /^(\.{0,2}\/|[A-Za-z]:\\)|\.(pem|json|key|crt|jwk)$/.test(text.trim())
  return isPath
    ? `looks like the name of a file, and what is in it is wanted. Give that, or name the file by ${variable}.`
    : null
}

export const clientAssertionAudience = eitherOf('issuer', 'token-endpoint')

/** Below `/auth`, where nothing else ever is. */
const ownJwksPath = '/auth/jwks'

/** @param prefixes  of the upstreams */
export function clientJwksPath(prefixes: readonly string[]): Rule<string> {
  const reserved = reservedPaths(prefixes.map((prefix) => ({ prefix })))
  return (value) => {
    const cure = `Give one such as ${ownJwksPath}.`
    const origin = 'https://app.example.com'
    if (!value.startsWith('/') || URL.parse(value, origin)?.href !== `${origin}${value}`)
      return `is not a path. ${cure}`
    if (/[?#*:%{]/.test(value)) return `has more than a path. ${cure}`
    if (value === '/') return `is the app itself. ${cure}`
    return value !== ownJwksPath && isReserved(value, reserved)
      ? `is where Strongroom or an API answers (${reserved.join(', ')}, and all below), so that one would take the other’s place. Give ${ownJwksPath}, or a path beside these.`
      : null
  }
}

export const clientAuthentication: Rule<string> = (value) => {
  if (clientAuthentications.some((one) => one === value)) return null
  const cure = `Use one of ${clientAuthentications.join(', ')}.`
  return value === 'none'
    ? `is "none", which a confidential client must not use. ${cure}`
    : `is not a method known here. ${cure}`
}

export const scope: Rule<string> = (value) =>
  value.split(' ').includes('openid')
    ? null
    : 'lacks "openid". Without it the provider says nothing of who signed in.'

/** Parameters of an authorization request that are ours alone to say. */
const ownParameters = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
])

export const authorizeParameters: Rule<Readonly<Record<string, string>>> = (value) => {
  const taken = Object.keys(value).filter((name) => ownParameters.has(name))
  if (taken.length > 0)
    return `sets ${taken.join(', ')}, which Strongroom sets itself. Leave it out.`
  return wholeSeconds(value['max_age'] ?? '0') !== null
    ? null
    : 'has a max_age that is no whole number of seconds.'
}

export const idTokenAlgorithm: Rule<string> = (value) =>
  signingAlgorithms.some((algorithm) => algorithm === value)
    ? null
    : `is not one that can be trusted. Use one of ${signingAlgorithms.join(', ')}.`

export const pushedRequests = eitherOf('when-offered', 'when-required')

export const signedRequests = eitherOf('when-required', 'always')

export const responseMode = eitherOf('query', 'jwt')

export const encryptedAnswers: Rule<readonly string[]> = (value) =>
  value.every((one) => answerKinds.some((kind) => kind === one))
    ? null
    : `names what is not known here. Use ${answerKinds.join(', ')}.`

export const profile: Rule<string> = (value) =>
  value === 'fapi2' ? null : 'is not a profile known here. Use "fapi2", or leave it out.'

export const userinfo: Rule<string> = (value) =>
  ['when-needed', 'after-refresh', 'never'].includes(value)
    ? null
    : 'is none of "when-needed", "after-refresh" and "never". Use one of them.'

const longestIntrospectionSeconds = 86_400

export const introspection: Rule<unknown> = (value) => {
  if (value === 'never' || value === 'restore') return null
  const isNumber = typeof value === 'number' && Number.isInteger(value)
  return isNumber && value >= 1 && value <= longestIntrospectionSeconds
    ? null
    : `is neither "never", "restore" nor a whole number of seconds from 1 to ${longestIntrospectionSeconds}. Use one of them.`
}

export const upstreamTarget: Rule<string> = (value) => {
  if (value === '')
    return 'is missing. Set it to the base URL of your API, such as http://127.0.0.1:4000/v1.'
  const url = URL.parse(value)
  if (url === null || !isHttp(url))
    return 'is not a URL. Give the base URL of your API, such as http://127.0.0.1:4000/v1.'
  if (url.username !== '' || url.password !== '')
    return 'holds a user name or password. Leave them out: calls bear the user’s access token.'
  if (url.search !== '' || url.hash !== '')
    return 'has a query or fragment. Give origin and path alone.'
  return null
}

export const secrets: Rule<readonly string[]> = (value) => {
  const howTo = 'Make one with: openssl rand -base64 32'
  if (value.length === 0 || value[0] === '') return `is missing. ${howTo}`
  if (value.some((secret) => secret.length < 32))
    return `has a secret of fewer than 32 characters. ${howTo}`
  if (value.some((secret) => new Set(secret).size < 8))
    return `has a secret that is easy to guess. ${howTo}`
  if (value.some((secret) => /[^ -~]/.test(secret)))
    return `has a character that is not printable ASCII, as a file in UTF-16 has. ${howTo}`
  return null
}

export const claims: Rule<readonly string[]> = (value) => {
  const ours = value.filter((name) => protocolClaims.includes(name))
  if (ours.length > 0)
    return `names ${ours.join(', ')}, which is about the sign-in and not for a page. Leave it out; sub is there anyway.`
  return value.every((name) => name !== '' && name.length <= 200) && value.length <= 50
    ? null
    : 'holds what is no name of a claim, or more than 50. Give names such as "name" and "roles".'
}

export const sessionMode: Rule<string> = (value) =>
  value === 'cookie' || value === 'server'
    ? null
    : 'is not a mode known here. Use "cookie" or "server".'

export const store: Rule<string> = (value) => {
  if (value === 'memory:' || /^sqlite:./.test(value)) return null
  if (/^rediss?:/.test(value)) return redisUrl(value)
  return 'is not a store known here. Use sqlite:<file>, redis://<host>, rediss://<host> or memory:.'
}

function redisUrl(value: string): string | null {
  const url = URL.parse(value)
  if (url === null || url.hostname === '' || !isDecodable(url.username + url.password))
    return 'is not a URL. Give redis://<user>:<password>@<host>:<port>/<database>; what is odd in the password is percent-encoded.'
  if (!/^(\/\d*)?$/.test(url.pathname))
    return 'has a path that is no database. Give its number, such as redis://<host>/0, or none.'
  if (url.search !== '' || url.hash !== '')
    return 'has a query or fragment. Leave it out; for TLS say rediss:.'
  return null
}

export const spaDir: Rule<string> = (value) =>
  existsSync(join(value, 'index.html'))
    ? null
    : 'has no index.html. Build the app first (npm run build), or leave it empty to serve none.'

export const signInFailedPath: Rule<string> = (value) => {
  const origin = 'https://app.example.com'
  if (!value.startsWith('/') || URL.parse(value, origin)?.href !== `${origin}${value}`)
    return 'is not a path of the app. Give one such as /sign-in-failed.'
  if (/[?#]/.test(value)) return 'has a query or fragment. Give the path alone.'
  return /^\/auth(\/|$)/.test(value)
    ? 'is below /auth, where Strongroom answers itself. Give a path of the app.'
    : null
}

export const trustedProxies: Rule<readonly string[]> = (value) => {
  const wrong = value.findIndex((entry) => !isAddressOrCidr(entry))
  return wrong === -1
    ? null
    : `is wrong in entry ${wrong + 1}, which is neither an address nor a CIDR such as 10.0.0.0/8.`
}

export function wholeNumber(least: number, most: number): Rule<number> {
  return (value) =>
    Number.isInteger(value) && value >= least && value <= most
      ? null
      : `is not a whole number from ${least} to ${most}.`
}

function isHttp(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:'
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
