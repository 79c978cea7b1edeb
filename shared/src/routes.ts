/**
 * Every path that Strongroom answers itself. Nobody else writes one down.
 *
 * All of them but `login`, `callback`, the provider's two logout calls, `health` and `readiness` want the header
 * {@link csrfHeader}, GET requests included.
 */
export const routes = {
  /** The app. Where a sign-out ends; to be registered at the provider as post-logout redirect URI. */
  home: '/',
  /** A link, never a fetch: 303 to the provider. Takes `return_to` and what the provider understands. */
  login: '/auth/login',
  /** Where the provider sends the browser back to. To be registered at the provider. */
  callback: '/auth/callback',
  /** Who is signed in, and until when: never extends the session. POST says that the user is there, which does. */
  session: '/auth/session',
  /** Server-sent events: what happens to the session while the page is open. Never extends it. */
  events: '/auth/events',
  /** The user's own sessions on all devices. DELETE ends them all (with `?grants=withdraw` what goes on without them, too), DELETE of `<this>/<id>` one. */
  sessions: '/auth/sessions',
  /**
   * What the app may do while the user is away. `<this>/<name>/connect` is a link, never a fetch: 303 to the provider, to
   * consent; takes `return_to`. DELETE of `<this>/<name>` withdraws it.
   */
  grants: '/auth/grants',
  /** POST: ends the session here, revokes the tokens, and names where to navigate next. Takes `return_to`. */
  logout: '/auth/logout',
  /** POST, by the provider: a signed word that a session there is over. To be registered there as back-channel logout URI. */
  backchannelLogout: '/auth/backchannel-logout',
  /** GET, in an iframe of the provider's: the same, unsigned. To be registered there as front-channel logout URI. */
  frontchannelLogout: '/auth/frontchannel-logout',
  /** Everything below is handed to the API with the access token attached. */
  api: '/api',
  health: '/healthz',
  readiness: '/readyz',
} as const

/**
 * GET or POST, by the provider or a portal of it: signs in the user who was sent there. Takes `iss`, `login_hint` and
 * `target_link_uri` (OpenID Connect Core §4). To be registered at the provider as `initiate_login_uri`. Apart from the others,
 * since no page needs it.
 */
export const initiateLoginPath = '/auth/login/initiate'

/**
 * The header that a page must add to every call of `/auth` and `/api`. Another origin can't add it without
 * a preflight, and Strongroom approves none.
 */
export const csrfHeader = { name: 'X-CSRF', value: '1' } as const

/** Marks a call that no person caused, such as polling: it does not count as activity for the idle time. */
export const backgroundHeader = { name: 'X-Background', value: '1' } as const

/**
 * Says for whom a page was drawn, by the `session.owner` that `GET /auth/session` told it. A call that bears it is refused
 * with `session_ended` when the browser's session is somebody else's by now, so it never goes out in another's name.
 */
export const ownerHeader = 'X-Session-Owner'

/** Authorization parameters that `GET /auth/login` passes on to the provider. */
export const loginParameters = [
  'prompt',
  'login_hint',
  'ui_locales',
  'acr_values',
  'max_age',
] as const

export type LoginParameter = (typeof loginParameters)[number]

/**
 * With `prompt: 'none'`: `'1'` has the path that the sign-in was to end at told by `?problem=sign_in_required` that the provider
 * would have to ask the user.
 */
export const tellProblemParameter = 'tell_problem'

/**
 * The link that starts a sign-in and ends at `returnTo`, a path of this origin.
 *
 * @example <a href={loginPath('/notes/7')}>Sign in</a>
 */
export function loginPath(
  returnTo: string,
  parameters: Partial<Record<LoginParameter | typeof tellProblemParameter, string>> = {},
): string {
  return `${routes.login}?${new URLSearchParams({ return_to: returnTo, ...parameters }).toString()}`
}

/**
 * The link that asks the user for a grant and ends at `returnTo`, a path of this origin. A link on a page of the app: from
 * elsewhere it is refused.
 *
 * @example <a href={grantConnectPath('nightly-digest', '/account')}>Connect</a>
 */
export function grantConnectPath(name: string, returnTo: string): string {
  const query = new URLSearchParams({ return_to: returnTo })
  return `${grantPath(name)}/connect?${query.toString()}`
}

export function grantPath(name: string): string {
  return `${routes.grants}/${encodeURIComponent(name)}`
}

export function grantRunPath(name: string, job?: string): string {
  return `${grantPath(name)}/run${job === undefined ? '' : `?job=${encodeURIComponent(job)}`}`
}
