import { PlainError } from '../base/plain-error.ts'

/** The largest answer that is read from a provider: far above any real one, far below what would hurt. */
const largestAnswerBytes = 1_000_000

/**
 * `fetch` for talking to the provider: it gives up on an answer that is larger than it could sensibly be, instead of
 * reading it into memory to the end, and follows no redirect, since the next host would be handed the client's secret.
 */
export function boundedFetch(fetchNow: typeof fetch): typeof fetch {
  return async function boundedFetch(input, init) {
    const response = await fetchNow(input, { ...init, redirect: 'manual' })
    if (response.body === null) return response
    const body = await readAtMost(response.body, largestAnswerBytes)
    return new Response(body, { status: response.status, headers: response.headers })
  }
}

async function readAtMost(
  body: ReadableStream<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > limitBytes)
      throw new PlainError(`the provider's answer is larger than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
