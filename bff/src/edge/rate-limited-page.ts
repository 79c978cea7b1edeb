import { routes } from '@strongroom/client'
import type { Context } from 'hono'
import { messagePage } from './message-page.ts'

/** For a person whose network has asked too often: what to do, and that nothing is lost. */
export function rateLimitedPage(
  c: Context,
  retryAfterSeconds: number,
  requestId: string,
): Response | Promise<Response> {
  c.header('Retry-After', String(retryAfterSeconds))
  return messagePage(c, {
    status: 429,
    title: 'Too many requests from your network',
    text: 'You, or somebody on the same network, asked more often than usual. Wait a minute, then load this page again.',
    ways: [{ label: 'Back to the app', href: routes.home }],
    requestId,
  })
}
