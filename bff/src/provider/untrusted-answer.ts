import { PlainError } from '../base/plain-error.ts'
import type { OwnRefusal } from '../base/refusal-codes.ts'

/**
 * What the provider said was read, and does not hold up. The message is for the log: it tells which check failed, and
 * nothing of what was sent but how many seconds a clock is off.
 */
export class UntrustedAnswer extends PlainError {
  override readonly name: string = 'UntrustedAnswer'
  /** What of a JWT did not hold up; null where it was none. */
  readonly claim: string | null

  constructor(what: string, claim: string | null = null) {
    super(claim === null ? what : `${what} (${claim})`)
    this.claim = claim
  }
}

/** A token that was issued too early, too late, or is over: often a clock that is wrong, here or there. */
export class UntrustedTime extends UntrustedAnswer {
  override readonly name = 'UntrustedTime'
}

/** Tokens came that can't be used as they must be, whatever the ID token among them says. */
export class UnusableTokens extends UntrustedAnswer {
  override readonly name = 'UnusableTokens'
  readonly code: OwnRefusal

  constructor(code: OwnRefusal, what: string) {
    super(what)
    this.code = code
  }
}
