import type { GrantView, Revocation } from '@strongroom/client'

/** No I/O. What a grant's wire words mean to whoever gave it. */

export const stateText: Readonly<Record<GrantView['state'], string>> = {
  'not-connected': 'Not connected',
  connected: 'Connected',
  broken: 'Stopped',
  expired: 'Time is up',
}

/** Of what the app has left out since it was connected. */
export const leftText =
  'This app no longer offers this, and does nothing with it. Withdraw it to end it at the sign-in service, too.'

type BrokenReason = NonNullable<GrantView['broken']>['reason']

export const brokenText: Readonly<Record<BrokenReason, string>> = {
  refused:
    'The sign-in service no longer accepts what you allowed. Connect again if you want it to go on.',
  'answer-lost':
    'The connection to the sign-in service broke at a bad moment. Connect again to go on.',
  untrusted:
    'The sign-in service gave an answer that did not pass our checks. Connect again to go on.',
  'step-up': 'The sign-in service wants you to confirm that it’s you. Connect again to go on.',
}

/** As opposed to one that was passed over, since it came too late or the one before was still under way. */
export function didRun({ outcome }: { readonly outcome: string }): boolean {
  return outcome !== 'skipped' && outcome !== 'missed'
}

/** Of a run that left no sentence of its own. */
export function outcomeText(outcome: string): string {
  return outcome === 'done' ? 'Done.' : `It did not come about (${outcome.replaceAll('-', ' ')}).`
}

export function withdrawnText(title: string, refreshToken: Revocation): string {
  switch (refreshToken) {
    case 'revoked':
      return `${title} is withdrawn. What you allowed is over at the sign-in service, too.`
    case 'none':
      return `${title} is not connected any more. Nothing was left here that the sign-in service had to be told of.`
    case 'queued':
      return `${title} is withdrawn. The sign-in service could not be told yet, and will be.`
    case 'failed':
    case 'unsupported':
      return `${title} is withdrawn here. The sign-in service could not be told: see your account there.`
  }
}
