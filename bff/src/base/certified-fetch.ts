import type { ClientCertificate } from './client-certificate.ts'

/**
 * `fetch` over connections of its own, on which this client shows its certificate (RFC 8705); without one the same as before. The runtime's
 * own can't: what it needs is loaded with the first call, so that nobody else pays for it.
 */
export function certifiedFetch(
  fetchNow: typeof fetch,
  certificate: ClientCertificate | null,
): typeof fetch {
  if (certificate === null) return fetchNow
  let loaded: { readonly by: ClientCertificate; readonly fetch: Promise<typeof fetch> } | null =
    null
  return async function certifiedFetch(input, init) {
    // It may have been renewed since the last time.
    if (loaded === null || !isSame(loaded.by, certificate))
      loaded = { by: { ...certificate }, fetch: load(certificate) }
    return (await loaded.fetch)(input, init)
  }
}

function isSame(one: ClientCertificate, other: ClientCertificate): boolean {
  return one.chain === other.chain && one.key === other.key
}

async function load({ chain, key }: ClientCertificate): Promise<typeof fetch> {
  const undici = await import('undici')
  const dispatcher = new undici.Agent({ connect: { cert: chain, key } })
  return async (input, init) => {
    const request = { ...init, dispatcher } as Parameters<typeof undici.fetch>[1]
    const response = await undici.fetch(input as string | URL, request)
    // Of the runtime's own class, by which others know an answer.
    const body = response.body as ReadableStream<Uint8Array<ArrayBuffer>> | null
    return new Response(body, {
      status: response.status,
      headers: [...response.headers] as [string, string][],
    })
  }
}
