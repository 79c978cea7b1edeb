/** `1xx` to `5xx`; `none` where there was no answer. */
export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'none'

export type StoreOperation = 'get' | 'set' | 'replace' | 'delete' | 'ping' | 'journal' | 'agenda'

export type ProviderEndpoint =
  | 'discovery'
  | 'keys'
  | 'token'
  | 'userinfo'
  | 'introspection'
  | 'revocation'
  | 'par'
  | 'other'

/** What is left alone for a moment when it fails. */
export type Breaker =
  | 'store-reading'
  | 'store-writing'
  | 'provider-refresh'
  | 'provider-exchange'
  | 'provider-client-tokens'
  | 'provider-grants'
  | 'provider-introspection'
  | 'provider-revocation'

/** What is measured and never logged: it happens with every call, or has no story. */
export type Measurement =
  | {
      readonly name: 'call-answered'
      /** The prefix of the upstream's row. */
      readonly upstream: string
      /** Whose answer it was. */
      readonly by: 'upstream' | 'strongroom'
      readonly status: StatusClass
      /** From the head of the request to that of the answer, without what the upstream took. */
      readonly ownSeconds: number
      /** Null where it was not called. */
      readonly upstreamSeconds: number | null
    }
  | {
      readonly name: 'provider-answered'
      readonly endpoint: ProviderEndpoint
      readonly status: StatusClass
      readonly seconds: number
    }
  | {
      readonly name: 'store-answered'
      readonly operation: StoreOperation
      readonly outcome: 'done' | 'failed'
      readonly seconds: number
    }
  | { readonly name: 'breaker-turned'; readonly breaker: Breaker; readonly open: boolean }
  | {
      readonly name: 'streams-open'
      readonly kind: 'session-events' | 'upstream'
      readonly count: number
    }
  | { readonly name: 'revocations-waiting'; readonly tokens: number }

export function statusClass(status: number): StatusClass {
  return classes[Math.floor(status / 100)] ?? 'none'
}

const classes: readonly (StatusClass | undefined)[] = [undefined, '1xx', '2xx', '3xx', '4xx', '5xx']
