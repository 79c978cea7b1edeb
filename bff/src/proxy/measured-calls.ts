import type { Context, MiddlewareHandler } from 'hono'
import { errorStatus } from '../base/error-status.ts'
import { statusClass } from '../observability/measurements.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import type { CallUpstream } from './call-upstream.ts'

type Measure = NonNullable<Telemetry['measure']>

/** How a call went, as far as it has got. In milliseconds. */
interface Course {
  waited: number
  /** Null while nothing was answered. */
  status: number | null
}

type MeasuredContext = Context<{ Variables: { course: Course } }>

/** Tells how each call ended, and how long we had it. */
export function measuredCall(
  measure: Measure,
  upstream: string,
): MiddlewareHandler<{ Variables: { course: Course } }> {
  return async function measuredCall(c, next) {
    const startedAt = performance.now()
    const course: Course = { waited: -1, status: null }
    c.set('course', course)
    const tell = (by: 'upstream' | 'strongroom', status: number) => {
      const { waited } = course
      const own = performance.now() - startedAt - Math.max(waited, 0)
      measure({
        name: 'call-answered',
        upstream,
        by,
        status: statusClass(status),
        ownSeconds: own / 1000,
        upstreamSeconds: waited < 0 ? null : waited / 1000,
      })
    }
    try {
      const answer = await next()
      // Nothing was answered where the caller left: that has an event of its own.
      if (course.status !== null) tell('upstream', course.status)
      return answer
    } catch (error) {
      tell('strongroom', errorStatus(error))
      throw error
    }
  }
}

/** Takes the time of the upstream's share. */
export function timed(callUpstream: CallUpstream): CallUpstream {
  return async function timed(c, call) {
    const course = (c as MeasuredContext).get('course')
    const startedAt = performance.now()
    const outcome = await callUpstream(c, call)
    course.waited = Math.max(course.waited, 0) + performance.now() - startedAt
    course.status = outcome.ok ? outcome.value.status : null
    return outcome
  }
}
