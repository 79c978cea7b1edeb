import { loginPath, routes } from '@strongroom/client'
import type { Context } from 'hono'
import type { SignInRefusal } from '../base/failure.ts'
import { failureToProblem } from '../base/failure-to-problem.ts'
import { messagePage, type Message } from './message-page.ts'

type Words = Pick<Message, 'status' | 'title' | 'text'>

/** Says in plain words why a sign-in did not come about, and offers a way on. Repeats nothing of the request. */
export function signInFailedPage(
  c: Context,
  { failure, returnTo }: SignInRefusal,
  requestId: string,
): Response | Promise<Response> {
  const words = wordsFor(failure)
  const { headers } = failureToProblem(failure, requestId)
  if (words.status === 503) c.header('Retry-After', headers['Retry-After'] ?? '5')
  return messagePage(c, {
    ...words,
    ways: [
      { label: 'Try again', href: loginPath(returnTo) },
      { label: 'Back to the app', href: routes.home },
    ],
    requestId,
  })
}

function wordsFor(failure: SignInRefusal['failure']): Words {
  switch (failure.kind) {
    case 'sign-in-refused':
      return failure.providerCode === 'access_denied'
        ? {
            status: 403,
            title: 'You were not signed in',
            text: 'You said no, or the sign-in service did. Nothing was shared with this app.',
          }
        : {
            status: 400,
            title: 'The sign-in was not completed',
            text: 'The sign-in service stopped half way. Trying again usually helps.',
          }
    case 'sign-in-unknown':
      return {
        status: 400,
        title: 'This sign-in is no longer valid',
        text: 'It was finished already, took more than ten minutes, or was begun in another browser. If it happens each time, cookies may be blocked for this site.',
      }
    case 'sign-in-invalid':
      return {
        status: 400,
        title: 'The sign-in could not be trusted',
        text: 'The answer of the sign-in service did not pass our checks, so nobody was signed in.',
      }
    case 'session-too-large':
      return {
        status: 400,
        title: 'The sign-in holds too much',
        text: 'What the sign-in service sent does not fit into this browser’s cookies. Please tell the people who run this app.',
      }
    case 'store-unreachable':
      return {
        status: 503,
        title: 'Signing in is not possible at the moment',
        text: 'A part of this service can’t be reached. It may be back in a moment.',
      }
    case 'client-refused':
    case 'refresh-refused':
    case 'step-up-required':
    case 'provider-unreachable':
      return {
        status: 503,
        title: 'The sign-in service can’t be reached',
        text: 'It may be back in a moment. Nothing of yours is lost.',
      }
  }
}
