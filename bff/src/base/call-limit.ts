import type { Context } from 'hono'

/** How often one network may do one thing within a minute. */
export interface CallLimit {
  /**
   * Counts a call.
   *
   * @returns whether it is within the limit
   */
  count(c: Context): Promise<boolean>
  /** Counts a call, and refuses it (`rate-limited`) when the limit is reached. */
  admit(c: Context): Promise<void>
  /** Refuses a network that is over the limit. Counts nothing. */
  look(c: Context): Promise<void>
}
