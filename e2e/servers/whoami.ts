import type { Context } from 'hono'
import type { BearerVariables } from './bearer.ts'

/**
 * Echoes what the API saw of a request. The answer ends up in a browser, so the token is described and never
 * repeated, in whichever header it came.
 */
export function whoami(c: Context<{ Variables: BearerVariables }>): Response {
  const { claims, token } = c.var
  const description = `<JWT, ${token.length} bytes, expires in ${secondsLeft(claims.exp)} s>`
  const headers = Object.entries(c.req.header()).map(([name, value]) => [
    name,
    value.replaceAll(token, description),
  ])
  return c.json({
    method: c.req.method,
    path: c.req.path,
    claims,
    headers: Object.fromEntries(headers) as Record<string, string>,
  })
}

function secondsLeft(exp: number): number {
  return Math.max(0, Math.round(exp - Date.now() / 1000))
}
