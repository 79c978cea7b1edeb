import { loginPath, routes } from '@strongroom/client'
import type { Context } from 'hono'
import { messagePage } from './message-page.ts'

/** Ends a round that no person turns: the app sends to the sign-in, which answers at once and sends to the app. */
export function signInLoopPage(
  c: Context,
  returnTo: string,
  requestId: string,
): Response | Promise<Response> {
  c.header('Retry-After', '10')
  return messagePage(c, {
    status: 429,
    title: 'You keep being sent to sign in',
    text: 'Signing in works, but the app sends you back here each time, so we have stopped it.',
    hint: 'Sign in again, perhaps with another account. If it goes on, please tell the people who run this app, with the reference below.',
    ways: [
      { label: 'Sign in again', href: loginPath(returnTo, { prompt: 'login' }) },
      { label: 'Back to the app', href: routes.home },
    ],
    requestId,
  })
}
