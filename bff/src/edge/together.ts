import type { MiddlewareHandler } from 'hono'

/**
 * Makes one step of several that decide at once and wait for nothing: each step of Hono's is a promise more, which every
 * call pays for.
 */
export function together(...steps: readonly MiddlewareHandler[]): MiddlewareHandler {
  return function together(c, next) {
    const from = (at: number): ReturnType<MiddlewareHandler> => {
      const step = steps[at]
      return step ? step(c, () => from(at + 1) as Promise<void>) : next()
    }
    return from(0)
  }
}
