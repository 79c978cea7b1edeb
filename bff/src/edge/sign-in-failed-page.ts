import { loginPath, routes, type SignInProblemCode } from '@strongroom/client'
import type { Context } from 'hono'
import { failureToProblem } from '../base/failure-to-problem.ts'
import { failureToSignInProblem, type ShownFailure } from '../base/failure-to-sign-in-problem.ts'
import { messagePage, type Message } from './message-page.ts'

type Words = Pick<Message, 'status' | 'title' | 'text' | 'hint'> & {
  readonly again?: string
  /** Whether the app comes first of the ways on. */
  readonly appFirst?: boolean
}

/** Says in plain words why a sign-in did not come about, and offers a way on. Repeats nothing of the request. */
export function signInFailedPage(
  c: Context,
  failure: ShownFailure,
  returnTo: string,
  requestId: string,
): Response | Promise<Response> {
  const code = failureToSignInProblem(failure)
  const { again = 'Try again', appFirst = false, ...message } = words[code]
  const signIn = { label: again, href: loginPath(returnTo) }
  const app = { label: 'Back to the app', href: appFirst ? returnTo : routes.home }
  const { headers } = failureToProblem(failure, requestId)
  if (message.status === 503) c.header('Retry-After', headers['Retry-After'] ?? '5')
  return messagePage(c, {
    ...message,
    // At the callback a 5xx is for what we did ourselves.
    status:
      c.req.path === routes.callback && code === 'provider_unavailable' ? 400 : message.status,
    ways: appFirst ? [app, signIn] : [signIn, app],
    requestId,
  })
}

const words: Readonly<Record<SignInProblemCode, Words>> = {
  sign_in_cancelled: {
    status: 403,
    title: 'You were not signed in',
    text: 'You cancelled, or the sign-in service said no. Nothing was shared with this app.',
  },
  sign_in_required: {
    status: 403,
    title: 'You need to sign in',
    text: 'This app asked whether you are signed in already. The sign-in service has to ask you first.',
    again: 'Sign in',
  },
  still_signed_in: {
    status: 403,
    title: 'You are still signed in',
    text: 'The new sign-in was cancelled, or the sign-in service said no. You are signed in as before.',
    appFirst: true,
  },
  sign_in_interrupted: {
    status: 400,
    title: 'The sign-in service has a problem',
    text: 'It stopped half way, and you were not signed in. Try again in a moment.',
  },
  sign_in_refused: {
    status: 400,
    title: 'The sign-in was not completed',
    text: 'The sign-in service did not take this app’s request, and you were not signed in.',
    hint: 'If it happens again, please tell the people who run this app, with the reference below.',
  },
  sign_in_expired: {
    status: 400,
    title: 'This sign-in is no longer valid',
    text: 'It took more than ten minutes, or was begun in another browser. You can simply sign in again.',
    again: 'Sign in again',
  },
  sign_in_answered: {
    status: 400,
    title: 'This sign-in is no longer valid',
    text: 'You have already answered this one, and each counts once. You can simply sign in again.',
    again: 'Sign in again',
  },
  sign_in_without_cookies: {
    status: 400,
    title: 'This sign-in is no longer valid',
    text: 'It took more than ten minutes, was begun in another browser, or this browser has kept nothing of it.',
    hint: 'If it happens each time, cookies are blocked for this site: allow them in the browser’s settings, then sign in again.',
    again: 'Sign in again',
  },
  sign_in_untrusted: {
    status: 400,
    title: 'The sign-in could not be trusted',
    text: 'The answer of the sign-in service did not pass our checks, so nobody was signed in.',
    hint: 'If it happens again, please tell the people who run this app, with the reference below.',
  },
  session_too_large: {
    status: 400,
    title: 'The sign-in holds too much',
    text: 'What the sign-in service sent does not fit into this browser’s cookies, so you were not signed in.',
    hint: 'Please tell the people who run this app, with the reference below.',
  },
  provider_unavailable: {
    status: 503,
    title: 'The sign-in service can’t be reached',
    text: 'It may be back in a moment. Nothing of yours is lost.',
  },
  store_unavailable: {
    status: 503,
    title: 'Signing in is not possible at the moment',
    text: 'A part of this service can’t be reached. It may be back in a moment.',
  },
}
