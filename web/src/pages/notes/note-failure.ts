import { CallError } from '../../api/call-error.ts'

/** The API has no such note any more. */
export function isGone(error: unknown): boolean {
  return hasStatus(error, 404)
}

/** Somebody has changed the note since. */
export function isOutdated(error: unknown): boolean {
  return hasStatus(error, 412)
}

function hasStatus(error: unknown, status: number): boolean {
  return (
    error instanceof CallError &&
    error.failure.kind === 'unexpected-answer' &&
    error.failure.status === status
  )
}
