import { realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import type { HonoRequest, MiddlewareHandler } from 'hono'
import { isReserved } from '../base/reserved-paths.ts'
import { isNavigation } from './navigation.ts'

/**
 * Serves the built app from one folder. Files under `assets/` bear their content's hash in their name and are kept
 * for ever; the page itself is asked for anew each time. A navigation to any other path gets the page, so that deep
 * links work; a missing file stays missing.
 *
 * A compressed copy that lies beside a file (`.br`, `.zst`, `.gz`) goes out in its place to who takes it.
 *
 * @param reserved  paths that are never the app's, such as `/api`
 */
export function page(spaDir: string, reserved: readonly string[]): MiddlewareHandler {
  const file = serveStatic({ root: spaDir, precompressed: true })
  const shell = serveStatic({ root: spaDir, path: 'index.html', precompressed: true })

  return async function page(c, next) {
    const { path } = c.req
    if (isReserved(path, reserved) || isHidden(path) || leadsOutside(spaDir, path)) return next()
    const found = await file(c, missing)
    const answer = found ?? (wantsPage(c.req) ? await shell(c, missing) : undefined)
    if (!(answer instanceof Response)) return next()
    const hashed = found !== undefined && path.startsWith('/assets/')
    answer.headers.set('Vary', 'Accept-Encoding')
    answer.headers.set('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    return answer
  }
}

/** Such as `/.env` or `/.git/config`, which were never meant to be built in. */
function isHidden(path: string): boolean {
  return /\/\.(?!well-known\/)/.test(path)
}

/** A link in the folder may lead to another file of it, as in a mounted volume, and nowhere else. */
function leadsOutside(folder: string, path: string): boolean {
  const home = `${realpathSync(folder)}${sep}`
  return [path, join(path, 'index.html')].some((name) => {
    const real = realPath(join(folder, name))
    return real !== null && !`${real}${sep}`.startsWith(home)
  })
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

async function missing(): Promise<void> {}

function wantsPage(request: HonoRequest): boolean {
  const reads = request.method === 'GET' || request.method === 'HEAD'
  const acceptsHtml = /text\/html|\*\/\*/i.test(request.header('Accept') ?? '*/*')
  const looksLikeFile = /\.[a-z0-9]+$/i.test(request.path)
  return (
    reads &&
    acceptsHtml &&
    !looksLikeFile &&
    !request.path.startsWith('/assets/') &&
    isNavigation(request)
  )
}
