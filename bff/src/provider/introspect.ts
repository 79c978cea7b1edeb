import { tokenIntrospection, type IntrospectionResponse, type ServerMetadata } from 'openid-client'
import { dpopThumbprint } from '../base/dpop-key.ts'
import { PlainError } from '../base/plain-error.ts'
import { boundedFetch } from './bounded-fetch.ts'
import type { Discovered } from './discovery.ts'
import { endpointFor } from './endpoint-for.ts'
import type { CallToken, ProofParts } from './token-authorization.ts'
import type { ProviderSettings } from './provider-settings.ts'
import type { TokenStanding } from './provider.ts'
import { configurationOf } from './read-configuration.ts'
import { AnotherUser, fetchUserinfo, TokenRefused } from './userinfo.ts'
import { verifyJwt } from './verify-jwt.ts'

/** A call of the user waits for it. */
interface IntrospectParts extends ProofParts {
  readonly settings: ProviderSettings
}

const timeoutSeconds = 3

/**
 * Asks the provider whether an access token is good still. Throws when it did not say.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662 RFC 7662}
 */
export async function introspect(
  parts: IntrospectParts,
  known: Discovered,
  token: CallToken,
  sub: string,
): Promise<TokenStanding> {
  const { settings } = parts
  const { server } = known
  if (endpointFor(server, 'introspection_endpoint', settings) !== undefined) {
    const answer = await ask(settings, known, token.accessToken)
    return isBoundOtherwise(answer, token, settings)
      ? { state: 'inactive', because: 'cnf' }
      : standingOf(answer, known, sub)
  }
  return settings.introspectByUserinfo &&
    endpointFor(server, 'userinfo_endpoint', settings) !== undefined
    ? byUserinfo(parts, known, token, sub)
    : { state: 'unsupported' }
}

async function ask(
  settings: ProviderSettings,
  known: Discovered,
  accessToken: string,
): Promise<IntrospectionResponse> {
  let signed: string | null = null
  const fetchNow = boundedFetch(settings.fetch)
  const listening: typeof fetch = async (input, init) => {
    const response = await fetchNow(input, init)
    if (isJwt(response)) signed = await response.clone().text()
    else if (response.ok && !isJson(response))
      throw new PlainError('the provider’s answer is not called application/json')
    return response
  }
  const algorithms = known.introspectionAlgorithms
  const offers: ServerMetadata = {
    ...known.server,
    introspection_signing_alg_values_supported: [...algorithms],
  }
  const configuration = configurationOf(offers, settings, listening)
  configuration.timeout = timeoutSeconds
  const answer = await tokenIntrospection(configuration, accessToken, {
    token_type_hint: 'access_token',
  })
  // Not asked for, but a provider may have nothing else (RFC 9701 §5). openid-client has read it, and not its signature.
  if (signed !== null) await verifyJwt(signed, { ...known, algorithms })
  return answer
}

function isJwt({ headers }: Response): boolean {
  return /^application\/token-introspection\+jwt\b/i.test(headers.get('Content-Type') ?? '')
}

/** RFC 7662 §2.2. What stands in between, such as a proxy, says what it likes, and an answer here may end a session. */
function isJson({ headers }: Response): boolean {
  return /^application\/json\s*(;|$)/i.test(headers.get('Content-Type') ?? '')
}

/**
 * An answer that names somebody else is about a token that is not this session's: whatever it does, it would do for them. All
 * three are optional (RFC 7662 §2.2), so what is left out contradicts nothing.
 */
function standingOf(answer: IntrospectionResponse, known: Discovered, sub: string): TokenStanding {
  if (!answer.active) return { state: 'inactive', because: 'inactive' }
  const own = { iss: known.issuer, client_id: known.clientId, sub }
  for (const claim of ['iss', 'client_id', 'sub'] as const) {
    if (answer[claim] !== undefined && answer[claim] !== own[claim])
      return { state: 'inactive', because: claim }
  }
  const { exp } = answer
  return { state: 'active', expiresAt: typeof exp === 'number' ? exp : null, claims: null }
}

/**
 * The answer may say what the token is bound to (RFC 9449 §6.2, RFC 8705 §3.2). By which certificate is not compared: ours may have
 * been renewed since.
 */
function isBoundOtherwise(
  { active, cnf }: IntrospectionResponse,
  { dpopKey }: CallToken,
  { certificateBinding }: Pick<ProviderSettings, 'certificateBinding'>,
): boolean {
  if (!active || !cnf) return false
  if (dpopKey !== undefined) return cnf.jkt !== undefined && cnf.jkt !== dpopThumbprint(dpopKey)
  return certificateBinding === 'required' && cnf['x5t#S256'] === undefined
}

async function byUserinfo(
  parts: IntrospectParts,
  known: Discovered,
  token: CallToken,
  sub: string,
): Promise<TokenStanding> {
  try {
    const claims = await fetchUserinfo(parts, known, token, sub)
    return { state: 'active', expiresAt: null, claims }
  } catch (error) {
    if (error instanceof TokenRefused) return { state: 'inactive', because: 'inactive' }
    if (error instanceof AnotherUser) return { state: 'inactive', because: 'sub' }
    throw error
  }
}
