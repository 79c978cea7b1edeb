import type { SessionEndReason } from '@strongroom/client'

/**
 * What an end does to the tokens. `revoked`: by the time it is told. `revoked-later`: only this browser's cookie holds them, so
 * it has to be seen first. `over`: they have run out, or nobody knows.
 */
type TokenFate = 'revoked' | 'revoked-later' | 'over'

export function tokenFate(reason: SessionEndReason): TokenFate {
  switch (reason) {
    case 'signed-out':
    case 'replaced':
    case 'user-changed':
    case 'token-revoked':
      return 'revoked'
    case 'signed-out-elsewhere':
    case 'signed-out-at-provider':
      return 'revoked-later'
    case 'idle':
    case 'absolute':
    case 'token-expired':
    case 'refresh-refused':
    case 'unknown':
      return 'over'
  }
}

/** The same in a sentence. No I/O. */
export function fateWords(fate: TokenFate, time: string): string {
  if (fate === 'revoked') return `The tokens were revoked at ${time}.`
  const over = `The session was over at ${time}.`
  if (fate === 'over') return over
  return `${over} Its tokens are revoked as soon as this browser calls again, or run out.`
}
