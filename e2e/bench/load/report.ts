import * as z from 'zod'

/** What wrk counted. */
export interface Report {
  readonly calls: number
  readonly seconds: number
  /** Of the answers, heads included. */
  readonly bytes: number
  /** Calls without an answer, or with one that says 400 or more. */
  readonly bad: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
}

const lineSchema = z.object({
  calls: z.number(),
  microseconds: z.number(),
  bytes: z.number(),
  failed: z.number(),
  refused: z.number(),
  p50: z.number(),
  p99: z.number(),
})

/** Reads the line that `report.lua` adds to what wrk says. @returns null where there is none */
export function parseReport(text: string): Report | null {
  const line = text.split('\n').findLast((one) => one.startsWith('{"calls"'))
  if (line === undefined) return null
  const { bytes, calls, failed, microseconds, p50, p99, refused } = lineSchema.parse(
    JSON.parse(line),
  )
  return {
    calls,
    seconds: microseconds / 1_000_000,
    bytes,
    bad: failed + refused,
    p50Milliseconds: p50 / 1000,
    p99Milliseconds: p99 / 1000,
  }
}
