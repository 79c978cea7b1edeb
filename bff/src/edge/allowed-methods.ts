import type { MiddlewareHandler } from 'hono'
import { Refusal } from '../base/failure.ts'

/** Lets in these methods, before anything is opened or asked. */
export function allowedMethods(methods: readonly string[]): MiddlewareHandler {
  const allowed = new Set(methods)
  return function allowedMethods(c, next) {
    if (allowed.has(c.req.method)) return next()
    throw new Refusal({ kind: 'method-not-allowed', allow: methods })
  }
}
