import type { Context, Handler, HonoRequest } from 'hono'
import type { RequestIdVariables } from 'hono/request-id'
import type { CallLimit } from '../base/call-limit.ts'
import type { Clock } from '../base/clock.ts'
import { describeCause } from '../base/describe-cause.ts'
import { Refusal, type LogoutTokenFailure, type ProviderFailure } from '../base/failure.ts'
import { isForm } from '../base/is-form.ts'
import { toleranceSeconds } from '../base/tolerance-seconds.ts'
import type { EndedAtProvider, IdentityProvider, LogoutNotice } from '../provider/provider.ts'
import { endAtProvider, type EndAtProviderParts } from './end-at-provider.ts'
import type { UsedLogoutTokens } from './used-logout-tokens.ts'

export interface BackchannelLogoutParts extends EndAtProviderParts {
  readonly provider: IdentityProvider
  readonly usedLogoutTokens: UsedLogoutTokens
  /**
   * Of tokens that were refused for what they are: a provider's one address may rightly send thousands, and nobody thousands
   * that are bad. What is our own trouble is never held against it.
   */
  readonly refusals: CallLimit
  readonly clock: Clock
}

type BackchannelHandler = Handler<{ Variables: RequestIdVariables }>

/**
 * `POST /auth/backchannel-logout`: the provider says, in a token that it signed, that a session there is over.
 *
 * No cookie and no header of ours: the signature alone speaks. 200 also for a session that was never here or is over
 * already; 400 for a token that does not hold up, and when it can't be checked or ending fails (§2.8 knows nothing else).
 *
 * @see {@link https://openid.net/specs/openid-connect-backchannel-1_0.html OpenID Connect Back-Channel Logout}
 */
export function backchannelLogout(parts: BackchannelLogoutParts): BackchannelHandler {
  return async function backchannelLogout(c) {
    await parts.refusals.look(c)
    const logoutToken = await logoutTokenIn(c.req)
    if (logoutToken === null) {
      return refuseCounted(c, parts, 'request', 'Send one logout_token in a form-encoded body.')
    }
    const notice = await parts.provider.verifyLogoutToken(logoutToken)
    if (!notice.ok) return refuseFailure(c, parts, notice.error)
    if (await isOfAnother(parts, notice.value.whose)) {
      return refuseCounted(c, parts, 'sub', 'The session of the logout token is another user’s.')
    }
    const outcome = await endOnce(parts, notice.value)
    if (outcome === 'replayed') {
      return refuseCounted(c, parts, 'replayed', 'The logout token was used before.')
    }
    if (outcome === 'not-everywhere') {
      return refuse(c, parts, 'store', 'The session could not be ended everywhere yet.')
    }
    return c.body(null, 200)
  }
}

/** Whether the two names in a token contradict what is known of the session: then neither is to be believed. */
async function isOfAnother(
  { providerSessions }: BackchannelLogoutParts,
  { providerSid, sub }: EndedAtProvider,
): Promise<boolean> {
  if (providerSid === null || sub === null) return false
  try {
    const user = await providerSessions.userOf(providerSid)
    return user !== null && user !== sub
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

async function endOnce(
  parts: BackchannelLogoutParts,
  notice: LogoutNotice,
): Promise<'ended' | 'replayed' | 'not-everywhere'> {
  const { usedLogoutTokens: used, clock } = parts
  const end = () => endAtProvider(parts, notice.whose, 'back', momentOf(notice, clock))
  try {
    if (!(await used.take(notice))) return 'replayed'
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // Better an end for what this instance can reach than none. The others hear of it only when the store is back, so
    // the provider may try again.
    await end()
    return 'not-everywhere'
  }
  if ((await end()) === 'everywhere') return 'ended'
  await used.giveBack(notice).catch(() => {})
  return 'not-everywhere'
}

/**
 * What began before this is over: not before now, for a token may come late, be tried again or be replayed, and must
 * not end a session that began since. The provider's clock may be behind ours.
 */
function momentOf({ issuedAt }: LogoutNotice, clock: Clock): number {
  return Math.min(clock.milliseconds(), (issuedAt + toleranceSeconds) * 1000)
}

/** One `logout_token`, wherever it stands among fields that nobody here knows (§2.5). */
async function logoutTokenIn(request: HonoRequest): Promise<string | null> {
  if (!isForm(request.header('Content-Type'))) return null
  const tokens = new URLSearchParams(await request.text()).getAll('logout_token')
  return tokens.length === 1 && tokens[0] ? tokens[0] : null
}

function refuseFailure(
  c: Context<{ Variables: RequestIdVariables }>,
  parts: BackchannelLogoutParts,
  failure: LogoutTokenFailure | ProviderFailure,
): Response | Promise<Response> {
  if (failure.kind === 'logout-token-refused') {
    const { fault } = failure
    return refuseCounted(c, parts, fault, `The logout token was refused for its ${fault}.`)
  }
  const detail = 'cause' in failure ? describeCause(failure.cause) : failure.kind
  return refuse(c, parts, 'keys', 'The provider’s keys can’t be had at the moment.', detail)
}

async function refuseCounted(...refusal: Parameters<typeof refuse>): Promise<Response> {
  const [c, { refusals }] = refusal
  await refusals.count(c)
  return refuse(...refusal)
}

/** In fixed words: nothing of the request is repeated, to the caller or to the log. */
function refuse(
  c: Context<{ Variables: RequestIdVariables }>,
  { telemetry }: BackchannelLogoutParts,
  reason: string,
  description: string,
  detail = '',
): Response {
  const { requestId } = c.var
  telemetry.record({ name: 'provider-logout-refused', reason, detail, requestId })
  return c.json({ error: 'invalid_request', error_description: description }, 400)
}
