import type { GrantList, GrantRun, WithdrawnGrant } from './grants.ts'
import type { LogoutAnswer, SessionList, SessionView } from './schemas.ts'

/**
 * Readers of what Strongroom answers: by hand, since a schema library is larger than the client. They hold it to what the
 * page would break without; the schemas tell the whole.
 *
 * No I/O. No clock.
 */

export function readSessionView(json: unknown): SessionView | undefined {
  if (!isRecord(json)) return undefined
  if (json['authenticated'] === false) return json as SessionView
  const { user, session, token } = json
  const isView =
    json['authenticated'] === true &&
    has(user, { sub: 'string' }) &&
    has(session, {
      state: 'string',
      owner: 'string',
      startedAt: 'number',
      expiresAt: 'number',
      idleExpiresAt: 'number',
      idleSeconds: 'number',
    }) &&
    has(token, {
      issuedAt: 'number',
      expiresAt: 'number',
      refreshable: 'boolean',
      refreshDueAt: 'number',
      refreshCount: 'number',
    })
  return isView ? (json as unknown as SessionView) : undefined
}

export function readSessionList(json: unknown): SessionList | undefined {
  const isList = areAll(isRecord(json) && json['sessions'], (entry) =>
    has(entry, { id: 'string', current: 'boolean', startedAt: 'number', seenAt: 'number' }),
  )
  return isList ? (json as SessionList) : undefined
}

export function readLogoutAnswer(json: unknown): LogoutAnswer | undefined {
  const isAnswer =
    has(json, { location: 'string' }) &&
    has(json['receipt'], { session: 'string', refreshToken: 'string', accessToken: 'string' })
  return isAnswer ? (json as unknown as LogoutAnswer) : undefined
}

const grantStates: readonly unknown[] = ['not-connected', 'connected', 'broken', 'expired']

export function readGrantList(json: unknown): GrantList | undefined {
  const isList = areAll(
    isRecord(json) && json['grants'],
    (grant) =>
      has(grant, { name: 'string', title: 'string', sentence: 'string', running: 'boolean' }) &&
      grantStates.includes(grant['state']) &&
      areAll(grant['scopes'], (scope) => typeof scope === 'string') &&
      areAll(grant['jobs'], (job) => has(job, { job: 'string' }) && areAll(job['runs'], isRecord)),
  )
  return isList ? (json as GrantList) : undefined
}

export function readGrantRun(json: unknown): GrantRun | undefined {
  const isRun = areAll(isRecord(json) && json['jobs'], (job) =>
    has(job, { job: 'string', state: 'string' }),
  )
  return isRun ? (json as GrantRun) : undefined
}

export function readWithdrawnGrant(json: unknown): WithdrawnGrant | undefined {
  return has(json, { refreshToken: 'string' }) ? (json as unknown as WithdrawnGrant) : undefined
}

/** Of an answer without a body. */
export function readNothing(json: unknown): null | undefined {
  return json === null ? null : undefined
}

function areAll(list: unknown, test: (item: unknown) => boolean): boolean {
  return Array.isArray(list) && list.every(test)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function has(
  value: unknown,
  members: Readonly<Record<string, 'string' | 'number' | 'boolean'>>,
): value is Record<string, unknown> {
  return (
    isRecord(value) && Object.entries(members).every(([name, type]) => typeof value[name] === type)
  )
}
