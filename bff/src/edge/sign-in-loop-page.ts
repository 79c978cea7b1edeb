import { loginPath, routes } from '@strongroom/client'
import type { Context } from 'hono'
import type { SignInRefusal } from '../base/failure.ts'
import { messagePage } from './message-page.ts'

/** Ends a round that no person turns: the app sends to the sign-in, which answers at once and sends to the app. */
export function signInLoopPage(
  c: Context,
  { failure, returnTo }: SignInRefusal,
  requestId: string,
): Response | Promise<Response> {
  const isSilent = failure.kind === 'sign-in-loop' && failure.silent
  c.header('Retry-After', '10')
  return messagePage(c, {
    status: 429,
    title: 'You keep being sent to sign in',
    text: isSilent
      ? 'The sign-in service has to ask you first, but the app sends you back here without a word each time, so we have stopped it.'
      : 'Signing in works, but the app sends you back here each time, so we have stopped it.',
    hint: 'Sign in again, perhaps with another account. If it goes on, please tell the people who run this app, with the reference below.',
    ways: [
      { label: 'Sign in again', href: loginPath(returnTo, { prompt: 'login' }) },
      { label: 'Back to the app', href: routes.home },
    ],
    requestId,
  })
}
