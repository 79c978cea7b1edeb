import { queryOptions } from '@tanstack/react-query'
import { apiKey, callApi } from './call-api.ts'
import { isRecord } from './is-record.ts'

/** A call as the API received it. The API describes the token; it never repeats it. */
export interface SeenByApi {
  readonly method: string
  readonly path: string
  readonly claims: Readonly<Record<string, unknown>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

const path = '/whoami'

export function whoamiQuery(sub: string) {
  return queryOptions({
    queryKey: [apiKey, 'whoami', sub],
    queryFn: ({ signal }) => callApi(path, { signal }, readSeenByApi),
  })
}

function readSeenByApi(json: unknown): SeenByApi | undefined {
  if (!isRecord(json) || !isRecord(json['claims']) || !isRecord(json['headers'])) return undefined
  const headers = Object.entries(json['headers']).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ])
  return {
    method: String(json['method']),
    path: String(json['path']),
    claims: json['claims'],
    headers: Object.fromEntries(headers) as Record<string, string>,
  }
}
