import type { Context } from 'hono'
import type { BearerVariables } from './bearer.ts'
import { receivedRequest } from './tell-received.ts'

/** Tells who calls, and what the API saw of the request. */
export function whoami(c: Context<{ Variables: BearerVariables }>): Response {
  return c.json({ ...receivedRequest(c), claims: c.var.claims })
}
