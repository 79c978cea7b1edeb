import { problemTypePrefix } from './problem-type.ts'
import type { Problem } from './problems.ts'

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
