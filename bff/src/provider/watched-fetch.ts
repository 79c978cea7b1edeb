import type { ServerMetadata } from 'openid-client'
import { statusClass, type ProviderEndpoint } from '../observability/measurements.ts'
import { currentRequest } from '../observability/request-context.ts'
import type { Telemetry } from '../observability/telemetry.ts'
import { traceparentOf } from '../observability/trace-context.ts'
import { methodOf, type OpenSpan, type Tracing } from '../observability/tracing.ts'

export interface WatchedFetch {
  /** Watches another way to the same provider. */
  over(fetchNow: typeof fetch): typeof fetch
  /** Which address is which endpoint. Before it is known, only the discovery document is asked for. */
  learn(metadata: ServerMetadata): void
}

/** Tells of each request to the provider how long it took and how it ended, and tells the provider of the trace. */
export function watchedFetch({ measure }: Telemetry, tracing: Tracing | null): WatchedFetch {
  let endpoints: ReadonlyMap<string | undefined, ProviderEndpoint> | null = null

  function nameOf({ origin, pathname }: URL): ProviderEndpoint {
    if (pathname.includes('/.well-known/openid-configuration')) return 'discovery'
    return endpoints?.get(`${origin}${pathname}`) ?? 'other'
  }

  return {
    over: (fetchNow) =>
      async function watchedFetch(input, init) {
        const url = new URL(input instanceof Request ? input.url : input)
        const endpoint = nameOf(url)
        const method = methodOf(init?.method ?? (input instanceof Request ? input.method : 'GET'))
        const span = tracing && providerSpan(tracing, endpoint, method, url)
        const request = currentRequest()
        const traceparent = span?.traceparent ?? (request && traceparentOf(request.trace))
        const headers = new Headers(
          init?.headers ?? (input instanceof Request ? input.headers : {}),
        )
        if (traceparent !== undefined) headers.set('traceparent', traceparent)
        const startedAt = performance.now()
        const tell = (status: number) =>
          measure?.({
            name: 'provider-answered',
            endpoint,
            status: statusClass(status),
            seconds: (performance.now() - startedAt) / 1000,
          })
        const ask = () => fetchNow(input, { ...init, headers })
        try {
          const response = await (span ? span.within(ask) : ask())
          tell(response.status)
          span?.set({ 'http.response.status_code': response.status })
          span?.end(response.status >= 400 ? String(response.status) : null)
          return response
        } catch (error) {
          tell(0)
          span?.end(error instanceof Error ? error.name : 'unexpected')
          throw error
        }
      },

    learn(metadata) {
      endpoints = new Map(
        [metadata, metadata.mtls_endpoint_aliases ?? {}].flatMap((addresses) =>
          endpointNames.map(([member, name]) => [plain(addresses[member]), name]),
        ),
      )
    },
  }
}

/** The last wins where one address serves several. */
const endpointNames = [
  ['jwks_uri', 'keys'],
  ['userinfo_endpoint', 'userinfo'],
  ['introspection_endpoint', 'introspection'],
  ['revocation_endpoint', 'revocation'],
  ['pushed_authorization_request_endpoint', 'par'],
  ['token_endpoint', 'token'],
] as const satisfies readonly (readonly [string, ProviderEndpoint])[]

function plain(endpoint: string | undefined): string | undefined {
  const url = endpoint === undefined ? null : URL.parse(endpoint)
  return url ? `${url.origin}${url.pathname}` : undefined
}

function providerSpan(
  tracing: Tracing,
  endpoint: ProviderEndpoint,
  method: string,
  { hostname, port, protocol }: URL,
): OpenSpan {
  return tracing.client(`${method} ${endpoint}`, {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'strongroom.provider.endpoint': endpoint,
  })
}
