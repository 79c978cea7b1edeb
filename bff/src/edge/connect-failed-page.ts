import { grantConnectPath, routes } from '@strongroom/client'
import type { Context } from 'hono'
import type { ConnectRefusal } from '../base/failure.ts'
import { messagePage, type Message } from './message-page.ts'

type Words = Pick<Message, 'status' | 'text' | 'hint'> & {
  readonly title?: string
  /** Whether it makes sense to try again at once. */
  readonly again: boolean
}

/** Says in plain words why a grant was not connected, and what became of it. Repeats nothing of the request. */
export function connectFailedPage(
  c: Context,
  { failure, way }: ConnectRefusal,
  requestId: string,
): Response | Promise<Response> {
  const { grant, returnTo } = way
  const { again, title, ...message } = wordsFor(failure)
  if (message.status === 503) c.header('Retry-After', '5')
  const app = { label: 'Back to the app', href: returnTo }
  const ways =
    again && grant !== null
      ? [app, { label: 'Try again', href: grantConnectPath(grant.name, returnTo) }]
      : [app]
  return messagePage(c, {
    ...message,
    // At the callback a 5xx is for what we did ourselves.
    status: isOfProvider(failure) && c.req.path === routes.callback ? 400 : message.status,
    title: title ?? (grant === null ? 'Nothing was connected' : `${grant.title}: not connected`),
    ways,
    requestId,
  })
}

function isOfProvider({ kind }: ConnectRefusal['failure']): boolean {
  return kind === 'provider-unreachable' || kind === 'client-refused'
}

const tellUs =
  'If it happens again, please tell the people who run this app, with the reference below.'

function wordsFor(failure: ConnectRefusal['failure']): Words {
  switch (failure.kind) {
    case 'connect-foreign':
      return {
        status: 403,
        title: 'Please start this in the app',
        text: 'The link that brought you here was not on a page of this app, so nothing was connected.',
        again: false,
      }
    case 'connect-refused':
      return failure.providerCode === 'access_denied'
        ? {
            status: 403,
            text: 'You said no, or the sign-in service did. Nothing was allowed that was not allowed before.',
            again: true,
          }
        : {
            status: 400,
            text: 'The sign-in service did not take this app’s request, and nothing was connected.',
            hint: tellUs,
            again: true,
          }
    case 'connect-answered':
      return {
        status: 400,
        text: 'This attempt is no longer valid: it took more than ten minutes, or was answered already.',
        again: true,
      }
    case 'connect-another-user':
      return {
        status: 403,
        text: 'You consented with another account than the one you are signed in with here. What you allowed was taken back at once, and nothing was connected.',
        hint: 'Use the same account in both places.',
        again: true,
      }
    case 'connect-session-over':
      return {
        status: 403,
        text: 'You were signed out meanwhile. What you allowed was taken back at once, and nothing was connected.',
        again: false,
      }
    case 'connect-unrefreshable':
      return {
        status: 400,
        text: 'The sign-in service did not allow this app to work while you are away, so nothing was connected.',
        hint: 'Please tell the people who run this app, with the reference below.',
        again: false,
      }
    case 'connect-invalid':
      return {
        status: 400,
        text: 'The answer of the sign-in service did not pass our checks, so nothing was connected.',
        hint: tellUs,
        again: true,
      }
    case 'store-unreachable':
      return {
        status: 503,
        text: 'A part of this service can’t be reached, so nothing was connected. It may be back in a moment.',
        again: true,
      }
    case 'provider-unreachable':
    case 'client-refused':
    case 'refresh-refused':
    case 'step-up-required':
      return {
        status: 503,
        text: 'The sign-in service can’t be reached, so nothing was connected. It may be back in a moment.',
        again: true,
      }
  }
}
