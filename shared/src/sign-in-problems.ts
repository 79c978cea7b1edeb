interface SignInProblem {
  /** What happened. */
  readonly title: string
  /** What the page should do about it. */
  readonly remedy: string
}

/**
 * Why a sign-in did not come about, by its stable code: an app that has a page of its own for this (`signInFailedPath`)
 * gets the code as `?problem=`, with `return_to` (where the sign-in was to end) and `request_id` (the line of the server's
 * log). Strongroom's own page has the same words for them.
 */
export const signInProblems = {
  sign_in_cancelled: {
    title: 'The user said no, or the sign-in service did',
    remedy: 'Offer to sign in, and a way back.',
  },
  sign_in_required: {
    title:
      'Asked without a word to the user (`prompt=none`), the sign-in service has to ask after all',
    remedy: 'Offer a link to sign in, without `prompt`.',
  },
  still_signed_in: {
    title: 'A new sign-in was cancelled or refused again; the user is signed in as before',
    remedy: 'Go on with the app, and do not ask again at once.',
  },
  sign_in_interrupted: {
    title: 'The sign-in service has trouble that should pass',
    remedy: 'Offer to try again in a moment.',
  },
  sign_in_refused: {
    title: 'The sign-in service did not take the request',
    remedy: 'Show `request_id`; the configuration needs mending.',
  },
  sign_in_expired: {
    title: 'The attempt took more than ten minutes, or was begun in another browser',
    remedy: 'Offer to sign in again.',
  },
  sign_in_answered: {
    title: 'The attempt was answered already, and counts once',
    remedy: 'Offer to sign in again.',
  },
  sign_in_without_cookies: {
    title: 'The browser sent no cookie: it blocks them, or the attempt is not its own or long over',
    remedy: 'Offer to sign in again, and say that cookies must be allowed.',
  },
  sign_in_untrusted: {
    title: 'What came back did not pass the checks',
    remedy: 'Offer to sign in again; show `request_id`.',
  },
  session_too_large: {
    title: 'What the sign-in service sent does not fit into cookies',
    remedy: 'Show `request_id`; the configuration needs mending.',
  },
  provider_unavailable: {
    title: 'The sign-in service can’t be reached',
    remedy: 'Offer to try again in a moment.',
  },
  store_unavailable: {
    title: 'The session store can’t be reached',
    remedy: 'Offer to try again in a moment.',
  },
} as const satisfies Record<string, SignInProblem>

export type SignInProblemCode = keyof typeof signInProblems
