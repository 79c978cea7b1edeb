import { routes } from '@strongroom/client'
import type { Context } from 'hono'
import { answeredBefore } from '../base/come-again.ts'
import { messagePage } from './message-page.ts'

/**
 * Sends the browser to the callback once more, from a page of our own: then it brings the session that it withholds when
 * it comes from another site. Nothing of the request is repeated, and it can't come here twice.
 */
export function comeAgainPage(
  c: Context,
  answered: boolean,
  requestId: string,
): Response | Promise<Response> {
  return messagePage(c, {
    status: 200,
    title: 'One moment…',
    text: 'We are checking whether you are signed in.',
    ways: [{ label: 'Continue', href: routes.callback + (answered ? answeredBefore : '') }],
    requestId,
    goesOn: true,
  })
}
