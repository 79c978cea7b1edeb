import type { Context, Next } from 'hono'
import type { BearerVariables } from './bearer.ts'

type BearerContext = Context<{ Variables: BearerVariables }>

/** With `X-Tell` the answer says in `X-Told` what the API received, so that the demo can show both sides of any call. */
export async function tellReceived(c: BearerContext, next: Next): Promise<void> {
  await next()
  if (c.req.header('X-Tell') === undefined) return
  c.header('X-Told', encodeURIComponent(JSON.stringify(receivedRequest(c))))
}

/** The answer ends up in a browser, so the token is never repeated, in whichever header it came. */
export function receivedRequest({ req, var: { token } }: BearerContext) {
  const hideToken = (text: string) => text.replaceAll(token, '(hidden)')
  const headers = Object.entries(req.header()).map(([name, value]) => [name, hideToken(value)])
  const { pathname, search } = new URL(req.url)
  return {
    method: req.method,
    path: hideToken(pathname + search),
    headers: Object.fromEntries(headers) as Record<string, string>,
  }
}
