import { err, ok, type Result } from '@strongroom/client'
import type { Context, MiddlewareHandler } from 'hono'
import { Refusal, type Failure } from '../base/failure.ts'
import { within } from '../base/within.ts'

export interface BodyLimits {
  readonly mostBytes: number
  readonly seconds: number
}

const defaultBodyLimits: BodyLimits = { mostBytes: 65_536, seconds: 10 }

/**
 * Lets in only what brings a small body soon. It is read here, whole, and is at hand from `c.req` as ever: a handler
 * behind waits for nobody.
 */
export function smallBodies(limits: BodyLimits = defaultBodyLimits): MiddlewareHandler {
  return async function smallBodies(c, next) {
    if (Number(c.req.header('content-length') ?? 0) > limits.mostBytes) {
      throw new Refusal({ kind: 'body-too-large' })
    }
    if (!withoutBody.has(c.req.method)) await readBody(c, limits)
    await next()
  }
}

/** Nobody here reads what these bring along; the server cuts off who sends on after the answer. */
const withoutBody = new Set(['GET', 'HEAD', 'TRACE'])

async function readBody(c: Context, { mostBytes, seconds }: BodyLimits): Promise<void> {
  const { body, headers, signal } = c.req.raw
  if (body === null) return
  const tooSlow = err<Failure>({ kind: 'body-too-slow' })
  const read = await within(seconds, readAll(body, mostBytes), tooSlow)
  if (!read.ok) throw new Refusal(read.error)
  c.req.raw = new Request(c.req.url, { method: c.req.method, headers, signal, body: read.value })
}

async function readAll(
  body: ReadableStream<Uint8Array>,
  mostBytes: number,
): Promise<Result<Blob, Failure>> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  try {
    // Cancelled, it would take the connection with it, and the answer.
    for await (const piece of body.values({ preventCancel: true })) {
      bytes += piece.byteLength
      if (bytes > mostBytes) return err({ kind: 'body-too-large' })
      pieces.push(new Uint8Array(piece))
    }
  } catch {
    return err({ kind: 'malformed-request', reason: 'The body broke off.' })
  }
  return ok(new Blob(pieces))
}
