import { parseProblem, routes } from '@strongroom/client'
import { bff } from './bff.ts'
import { CallError } from './call-error.ts'
import { callLog } from './call-log.ts'
import { serverClock } from './server-clock.ts'

/** First part of every query and mutation key that ends at the API. */
export const apiKey = 'api'

/**
 * Calls the API through Strongroom and writes the call into the log.
 *
 * @param read  makes a value of the answer's JSON (`null` for none), or `undefined` if it has another shape
 * @throws {CallError}
 */
export async function callApi<T>(
  path: string,
  init: RequestInit,
  read: (json: unknown) => T | undefined,
): Promise<T> {
  const response = await loggedFetch(`${routes.api}${path}`, init)
  const json: unknown = await response.json().catch(() => null)
  const value = response.ok ? read(json) : undefined
  if (value !== undefined) return value
  const problem = response.ok ? null : parseProblem(json)
  throw new CallError(
    problem ? { kind: 'problem', problem } : { kind: 'unexpected-answer', status: response.status },
  )
}

async function loggedFetch(path: string, init: RequestInit): Promise<Response> {
  const call = { at: serverClock.nowSeconds(), method: init.method ?? 'GET', path }
  const started = performance.now()
  try {
    const response = await bff.fetch(path, init)
    callLog.add({ ...call, status: response.status, milliseconds: performance.now() - started })
    return response
  } catch (cause) {
    callLog.add({ ...call, status: null, milliseconds: performance.now() - started })
    throw new CallError({ kind: 'no-answer', cause })
  }
}

/** `RequestInit` for a body of JSON. */
export function jsonBody(method: 'POST' | 'PUT', body: unknown): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
}
