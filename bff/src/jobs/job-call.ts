import type { Result } from '@strongroom/client'
import { Refusal, type GrantFailure } from '../base/failure.ts'
import type { GrantToken } from '../offline/offline-grant.ts'
import { fetchWithToken, type ProofParts } from '../provider/token-authorization.ts'
import type { AccessToken } from '../provider/token-set.ts'
import { JobCallError } from './job-errors.ts'
import type { JobCall, JobCallInit } from './job.ts'
import { isOf, jobTarget } from './job-target.ts'

export interface JobCallParts extends ProofParts {
  readonly api: URL
  readonly fetch: typeof fetch
  /** Of the run. */
  readonly signal: AbortSignal
  readonly idempotencyKey: string
  /** A token that can be used now. Asks each time, so that a grant that was withdrawn a moment ago gives none. */
  fresh(): Promise<Result<GrantToken, GrantFailure>>
  renewed(refused: AccessToken): Promise<Result<GrantToken, GrantFailure>>
  /** Whether the run still is the one that may act for this user. */
  mayGoOn(): Promise<boolean>
}

const defaultTimeoutSeconds = 30
const mostRedirects = 5

/** A `fetch` that is bound to one API and one user, for as long as their run lasts. */
export function jobCall(parts: JobCallParts): JobCall {
  return async function call(path, init = {}) {
    const first = jobTarget(path, parts.api)
    let target = first
    for (let redirects = 0; ; redirects += 1) {
      const answer = await authorized(parts, target, init)
      const next = nextStop(answer, target, init, parts.api)
      // What leads elsewhere is for the job to read, not for the token to follow.
      if (next === null || redirects === mostRedirects) return answer
      await answer.body?.cancel().catch(() => {})
      target = next
    }
  }
}

/** With a token, and once more with another when the API says that it takes this one no longer. */
async function authorized(parts: JobCallParts, target: URL, init: JobCallInit): Promise<Response> {
  const token = tokenGiven(await asked(parts, () => parts.fresh()))
  const answer = await sent(parts, target, init, token)
  if (answer.status !== 401 || init.body instanceof ReadableStream) return answer
  const another = await asked(parts, () => parts.renewed(token.accessToken))
  // Without another one the refusal itself is what there is to tell.
  if (!another.ok && isTransient(another.error)) return answer
  await answer.body?.cancel().catch(() => {})
  return sent(parts, target, init, tokenGiven(another))
}

async function asked(
  parts: JobCallParts,
  question: () => Promise<Result<GrantToken, GrantFailure>>,
): Promise<Result<GrantToken, GrantFailure>> {
  try {
    // An instance that slept may have lost the run to another: then nothing goes out any more.
    if (parts.signal.aborted || !(await parts.mayGoOn())) throw new JobCallError('stopped')
    return await question()
  } catch (error) {
    // While it waited for its turn at the provider.
    if (parts.signal.aborted) throw new JobCallError('stopped')
    if (error instanceof Refusal && error.failure.kind === 'store-unreachable')
      throw new JobCallError('store-unreachable', error)
    throw error
  }
}

/** The token, or the reason why there is none as what a call throws. */
export function tokenGiven(result: Result<GrantToken, GrantFailure>): GrantToken {
  if (result.ok) return result.value
  const { error } = result
  const wait = error.kind === 'provider-unreachable' ? error.retryAfterSeconds : null
  throw new JobCallError(error.kind, undefined, wait)
}

async function sent(
  parts: JobCallParts,
  target: URL,
  init: JobCallInit,
  token: GrantToken,
): Promise<Response> {
  const { idempotent = false, timeoutSeconds = defaultTimeoutSeconds, signal, ...rest } = init
  if (parts.signal.aborted) throw new JobCallError('stopped')
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeoutSeconds * 1000)
  const signals = [parts.signal, late.signal, ...(signal ? [signal] : [])]
  try {
    return await fetchWithToken(
      parts.fetch,
      token,
      parts,
    )(target.href, {
      ...rest,
      headers: headersOf(init, keyOf(idempotent, parts.idempotencyKey)),
      redirect: 'manual',
      signal: AbortSignal.any(signals),
    })
  } catch (cause) {
    if (parts.signal.aborted) throw new JobCallError('stopped')
    // Whoever took it back by a signal of their own hears what they said.
    if (signal?.aborted) throw cause
    throw new JobCallError(late.signal.aborted ? 'api-timeout' : 'api-unreachable', cause)
  } finally {
    clearTimeout(timer)
  }
}

function headersOf({ headers }: JobCallInit, idempotencyKey: string | null): Headers {
  const all = new Headers(headers)
  all.delete('Cookie')
  if (idempotencyKey !== null) all.set('Idempotency-Key', idempotencyKey)
  return all
}

function keyOf(idempotent: boolean | string, key: string): string | null {
  if (idempotent === false) return null
  return idempotent === true ? key : `${key}.${idempotent.replace(/[^\w-]/g, '-').slice(0, 64)}`
}

/** Where a redirect leads that the call may follow by itself; null for none. */
function nextStop(answer: Response, from: URL, { method }: JobCallInit, api: URL): URL | null {
  const location = answer.headers.get('Location')
  const isRead = /^(GET|HEAD)$/i.test(method ?? 'GET')
  if (location === null || !isRead || ![301, 302, 303, 307, 308].includes(answer.status))
    return null
  const next = URL.canParse(location, from.href) ? new URL(location, from) : null
  return next !== null && isOf(api, next) ? next : null
}

function isTransient({ kind }: GrantFailure): boolean {
  return kind === 'provider-unreachable' || kind === 'client-refused'
}
