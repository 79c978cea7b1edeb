import { AsyncLocalStorage } from 'node:async_hooks'
import type { Context } from '@opentelemetry/api'
import type { TraceContext } from './trace-context.ts'

/** The request that is being answered, or that began what goes on now. */
export interface RequestContext {
  readonly requestId: string
  readonly trace: TraceContext
  /** With its span in it; null where nobody traces. */
  readonly spans: Context | null
}

const storage = new AsyncLocalStorage<RequestContext>()

/** Undefined outside of any request: at the start, in a job, in what is done by the clock. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore()
}

export function inRequest<T>(request: RequestContext, work: () => T): T {
  return storage.run(request, work)
}
