import { routes } from '@strongroom/client'
import type { BrowserContext, Request } from '@playwright/test'

/** The live streams that pages of the context have open, and how many there were in all. */
export function watchEventStreams(context: BrowserContext) {
  const open = new Set<Request>()
  let opened = 0
  context.on('request', (request) => {
    if (new URL(request.url()).pathname !== routes.events) return
    open.add(request)
    opened += 1
  })
  const over = (request: Request) => void open.delete(request)
  context.on('requestfinished', over)
  context.on('requestfailed', over)
  // Of a page that is closed nobody tells how its requests ended.
  const isThere = (request: Request) => !request.frame().page().isClosed()
  return { open: () => [...open].filter(isThere).length, opened: () => opened }
}
