import type { Result } from '@strongroom/client'
import type { Failure } from '../base/failure.ts'
import { currentRequest, inRequest } from '../observability/request-context.ts'
import type { OpenSpan, Tracing } from '../observability/tracing.ts'
import type { Session } from '../session/session.ts'
import type { Renewal } from './renewal.ts'

interface UnderWay {
  readonly span: OpenSpan
  readonly renewing: Promise<Result<Session, Failure>>
}

/**
 * Gives each renewal a span, under the request that began it. It may outlive that request, and others wait for it: their own
 * spans get a link to it.
 */
export function tracedRenewal(renewal: Renewal, tracing: Tracing): Renewal {
  const underWay = new Map<string, UnderWay>()

  function begin(session: Session, key: string): UnderWay {
    const span = tracing.internal('session refresh', {
      'strongroom.session.generation': session.generation,
    })
    const request = currentRequest()
    const work = () => span.within(() => renewal.renew(session))
    const renewing = request ? inRequest({ ...request, spans: span.spans }, work) : work()
    renewing.then(
      (renewed) => span.end(renewed.ok ? null : renewed.error.kind),
      () => span.end('unexpected'),
    )
    // By whichever way it ends; whoever waits hears of it.
    renewing.finally(() => underWay.delete(key)).catch(() => {})
    return { span, renewing }
  }

  return {
    ...renewal,
    renew(session) {
      const key = `${session.sid}/${session.generation}`
      const found = underWay.get(key)
      if (found) {
        found.span.linkFrom(currentRequest()?.spans)
        return found.renewing
      }
      const begun = begin(session, key)
      underWay.set(key, begun)
      return begun.renewing
    },
  }
}
