import type { Settings } from '../options/resolve-options.ts'
import { isRecord } from '../options/shapes.ts'

/** What came of asking the provider for its discovery document. */
export interface ProviderDocument {
  readonly url: URL
  /** Null where nobody answered; `error` says why. */
  readonly answer: Answer | null
  readonly error: unknown
  /** What stands in it; null where it can't be read. */
  readonly metadata: Readonly<Record<string, unknown>> | null
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  /** In the middle of asking, by this machine's clock, in seconds since the epoch. */
  readonly askedAt: number
}

export const wellKnown = '/.well-known/openid-configuration'

export async function readDocument(
  { provider, clock }: Settings,
  ask: (url: URL) => Promise<Response>,
): Promise<ProviderDocument> {
  const url = documentUrl(provider.issuer)
  const began = clock.milliseconds()
  try {
    const answer = await ask(url)
    const askedAt = (began + clock.milliseconds()) / 2000
    const { status, headers } = answer
    const text = await answer.text()
    const metadata = status === 200 ? parse(text) : null
    return { url, answer: { status, headers, askedAt }, error: null, metadata }
  } catch (error) {
    return { url, answer: null, error, metadata: null }
  }
}

/** OpenID Connect Discovery §4: below the issuer, whose slash at the end is taken away first. */
function documentUrl(issuer: URL): URL {
  const url = new URL(issuer)
  url.pathname = url.pathname.replace(/\/$/, '') + wellKnown
  return url
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(text)
    return isRecord(read) ? read : null
  } catch {
    return null
  }
}

/** A member that is a text. */
export function textOf(metadata: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = metadata[name]
  return typeof value === 'string' ? value : null
}

/** A member that is a list of texts; null where the provider says nothing of it. */
export function listOf(
  metadata: Readonly<Record<string, unknown>>,
  name: string,
): readonly string[] | null {
  const value = metadata[name]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : null
}

/** Such a list as it is told. What is in the document may be anything. */
export function named(values: readonly string[]): string {
  return values.filter((value) => /^[\w.:-]{1,60}$/.test(value)).join(', ') || 'none'
}
