import { createRequire } from 'node:module'
import type * as OpenTelemetry from '@opentelemetry/api'
import type { Attributes, Context, Span, SpanContext } from '@opentelemetry/api'
import { currentRequest } from './request-context.ts'
import { traceparentOf, type TraceContext } from './trace-context.ts'

/**
 * OpenTelemetry's spans. No URL is ever in one: a query may hold a code, and the path of an API whatever its authors put there. What
 * is told of a call is its method, the row or the endpoint that it is for, the host, and how it ended.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/http/http-spans/ Semantic conventions for HTTP spans}
 */
export interface Tracing {
  /** A request that came. Under what is traced already where there is something, else under what is believed of the caller. */
  server(name: string, attributes: Attributes, remote: TraceContext | null): OpenSpan
  /** A request that goes out, under the request that is being answered. */
  client(name: string, attributes: Attributes): OpenSpan
  /** Work of our own, under the same. */
  internal(name: string, attributes: Attributes): OpenSpan
}

export interface OpenSpan {
  readonly spans: Context
  readonly trace: TraceContext
  /** For the header of a request that goes out. */
  readonly traceparent: string
  within<T>(work: () => T): T
  /** Says of another span that it waited for this one. */
  linkFrom(other: Context | null | undefined): void
  set(attributes: Attributes): void
  name(name: string): void
  /** @param trouble  a class of error, a failure's kind or a status; null where all went well */
  end(trouble: string | null): void
}

type Api = typeof OpenTelemetry

/** Where the API keeps what an SDK has registered, whichever copy of it the SDK has. */
const registry = Symbol.for('opentelemetry.js.api.1')

/**
 * Spans for whoever has set up an OpenTelemetry SDK before the server is made; null where nobody has, and then nothing of
 * OpenTelemetry is even loaded.
 */
export function presentTracing(): Tracing | null {
  const registered = (globalThis as Record<symbol, { readonly trace?: unknown } | undefined>)[
    registry
  ]
  if (registered?.trace === undefined) return null
  return tracingOver(createRequire(import.meta.url)('@opentelemetry/api') as Api)
}

function tracingOver(api: Api): Tracing {
  const { SpanKind, ROOT_CONTEXT } = api
  const tracer = api.trace.getTracer('strongroom')

  function start(name: string, kind: number, attributes: Attributes, parent: Context): OpenSpan {
    return opened(api, tracer.startSpan(name, { kind, attributes }, parent), parent)
  }
  const here = () => currentRequest()?.spans ?? api.context.active()

  return {
    server(name, attributes, remote) {
      const active = api.context.active()
      const parent =
        api.trace.getSpan(active) || !remote ? active : remoteParent(api, ROOT_CONTEXT, remote)
      return start(name, SpanKind.SERVER, attributes, parent)
    },
    client: (name, attributes) => start(name, SpanKind.CLIENT, attributes, here()),
    internal: (name, attributes) => start(name, SpanKind.INTERNAL, attributes, here()),
  }
}

function remoteParent(api: Api, root: Context, remote: TraceContext): Context {
  const { traceId, parentId, sampled, state } = remote
  const context: SpanContext = {
    traceId,
    spanId: parentId ?? '',
    traceFlags: sampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
    isRemote: true,
    ...(state !== undefined && { traceState: api.createTraceState(state) }),
  }
  return api.trace.setSpanContext(root, context)
}

function opened(api: Api, span: Span, parent: Context): OpenSpan {
  const spans = api.trace.setSpan(parent, span)
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const sampled = (traceFlags & api.TraceFlags.SAMPLED) !== 0
  return {
    spans,
    trace: { traceId, parentId: spanId, sampled, state: traceState?.serialize() },
    traceparent: traceparentOf({ traceId, sampled }, spanId),
    within: (work) => api.context.with(spans, work),
    linkFrom: (other) =>
      void (other && api.trace.getSpan(other))?.addLink({ context: span.spanContext() }),
    set: (attributes) => void span.setAttributes(attributes),
    name: (name) => void span.updateName(name),
    end(trouble) {
      if (trouble !== null) {
        span.setAttribute('error.type', trouble)
        span.setStatus({ code: api.SpanStatusCode.ERROR })
      }
      span.end()
    },
  }
}

const knownMethods = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

/** Anybody can make one up. */
export function methodOf(method: string): string {
  return knownMethods.has(method) ? method : '_OTHER'
}
