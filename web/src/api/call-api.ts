import { routes, unwrap, type CallInit } from '@strongroom/client'
import { bff, session } from './bff.ts'
import { callLog } from './call-log.ts'

/** First part of every query and mutation key that ends at the API. */
export const apiKey = 'api'

/**
 * Calls the API through Strongroom.
 *
 * @param read  makes a value of the answer's JSON (`null` for none), or `undefined` if it has another shape
 * @throws {ProblemError}
 */
export async function callApi<T>(
  path: string,
  init: CallInit,
  read: (json: unknown) => T | undefined,
): Promise<T> {
  return unwrap(await bff.call(routes.api + path, init, read))
}

bff.use(async function logCall({ path, init }, next) {
  if (!path.startsWith(`${routes.api}/`)) return next({ path, init })
  const call = { at: session.now(), method: init.method ?? 'GET', path }
  const started = performance.now()
  const add = (status: number | null) =>
    callLog.add({ ...call, status, milliseconds: performance.now() - started })
  try {
    const response = await next({ path, init })
    add(response.status)
    return response
  } catch (cause) {
    add(null)
    throw cause
  }
})

/** `RequestInit` for a body of JSON. */
export function jsonBody(method: 'POST' | 'PUT', body: unknown): CallInit {
  return { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
}
