import type { MiddlewareHandler } from 'hono'

/**
 * Makes one step of several. Each step of Hono's is a few promises more, which every call pays for. What one of them throws
 * ends them all: a step that has something to do in any case says so itself.
 */
export function together(...steps: readonly MiddlewareHandler[]): MiddlewareHandler {
  return steps.reduceRight(
    (later, step) =>
      function together(c, next) {
        return step(c, () => later(c, next) as Promise<void>)
      },
  )
}
