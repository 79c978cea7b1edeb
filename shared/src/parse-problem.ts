import type { Problem } from './problems.ts'

/** What every problem of Strongroom's own begins its `type` with. */
export const problemTypePrefix = 'urn:problem-type:strongroom:'

/**
 * Reads a problem of Strongroom from an answer's JSON, or `null` when it is something else, such as an upstream's own.
 * A server that is newer than this client may send a `code` that it does not know.
 */
export function parseProblem(json: unknown): Problem | null {
  const found = json as Partial<Problem> | null | undefined
  const isOurs =
    typeof found?.code === 'string' &&
    found.type === problemTypePrefix + found.code &&
    typeof found.status === 'number' &&
    typeof found.title === 'string'
  return isOurs ? (found as Problem) : null
}
