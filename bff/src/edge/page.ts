import { serveStatic } from '@hono/node-server/serve-static'
import type { Context, MiddlewareHandler } from 'hono'
import { etag } from 'hono/etag'
import { isNavigation } from './navigation.ts'

/**
 * Serves the built app from one folder. Files under `assets/` bear their content's hash in their name and are kept
 * for ever; the page itself is asked for anew each time. A navigation to any other path gets the page, so that deep
 * links work; a missing file stays missing.
 */
export function page(spaDir: string | null): readonly MiddlewareHandler[] {
  if (spaDir === null) return []
  const revalidate = etag()
  const file = serveStatic({ root: spaDir, onFound: setCaching })
  const shell = serveStatic({ root: spaDir, path: 'index.html', onFound: setCaching })
  return [
    async function etagUnlessHashed(c, next) {
      return isHashed(c.req.path) ? next() : revalidate(c, next)
    },
    file,
    async function shellForNavigations(c, next) {
      const isFile = isHashed(c.req.path) || /\.[a-z0-9]+$/i.test(c.req.path)
      const wantsPage = c.req.method === 'GET' && isNavigation(c.req) && acceptsHtml(c)
      return wantsPage && !isFile ? shell(c, next) : next()
    },
  ]
}

function setCaching(_path: string, c: Context): void {
  c.header('Cache-Control', isHashed(c.req.path) ? 'public, max-age=31536000, immutable' : 'no-cache')
}

function isHashed(path: string): boolean {
  return path.startsWith('/assets/')
}

function acceptsHtml(c: Context): boolean {
  const accept = c.req.header('Accept')
  return accept === undefined || /text\/html|\*\/\*/i.test(accept)
}
