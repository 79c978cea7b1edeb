import type { SessionEndReason } from '@strongroom/client'

/** Why the session has ended, for whom it belonged to. No I/O. */
export function endWords(reason: SessionEndReason): string {
  switch (reason) {
    case 'signed-out':
      return 'You signed out in another tab.'
    case 'signed-out-elsewhere':
      return 'You signed this place out from another one.'
    case 'signed-out-at-provider':
      return 'The sign-in service ended your session.'
    case 'idle':
      return 'Nothing was done here for a while.'
    case 'absolute':
      return 'A session lasts only so long.'
    case 'user-changed':
      return 'Somebody else has signed in in this browser.'
    case 'token-expired':
    case 'refresh-refused':
      return 'The sign-in service no longer vouches for you.'
    case 'token-revoked':
      return 'The sign-in service has taken back the access that this session had.'
    case 'replaced':
    case 'unknown':
      return 'The session has ended.'
  }
}
