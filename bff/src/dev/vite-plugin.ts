import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Http2ServerRequest } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Plugin, ViteDevServer } from 'vite'
import { describeCause } from '../base/describe-cause.ts'
import { bareAnswer } from '../edge/bare-answer.ts'
import { isUnambiguous } from '../edge/request-head.ts'
import { isWebSocket, serveWebSockets } from '../edge/web-sockets.ts'
import type { Config } from '../options/config.ts'
import { addEnvironmentFile } from '../options/environment-file.ts'
import { faultReport } from '../options/fault-report.ts'
import { isSet } from '../options/given.ts'
import { CannotStart } from './cannot-start.ts'
import type { DemoProviderOptions } from './demo-provider.ts'
import { openDevelopment, type Development } from './development.ts'

/** Whatever `strongroom.config.ts` may say, and what is for development alone. The environment and `.env` win over it. */
export interface StrongroomPluginOptions extends Config {
  /** Base URL that replaces `/api`, such as `http://localhost:4000`. `API_UPSTREAM` in the environment wins over it. */
  readonly api?: string
  /** The provider that stands in while none is named. */
  readonly demoProvider?: DemoProviderOptions
}

/**
 * Runs Strongroom inside Vite's dev server: `/auth` and the prefixes of the upstreams are answered by it, all else by Vite, on
 * one port and with hot reload as ever. Does nothing in a build.
 *
 * @example
 * // vite.config.ts
 * import { strongroom } from 'strongroom/vite'
 *
 * export default defineConfig({ plugins: [strongroom({ api: 'http://localhost:4000' })] })
 */
export function strongroom(options: Options = {}): Plugin {
  return {
    name: 'strongroom',
    apply: 'serve',
    config: () => ({
      // Vite's own list is replaced by one that is given, so it is repeated. The store, the development secret and the configuration are nobody's module.
      server: {
        fs: {
          deny: [
            '.env',
            '.env.*',
            '*.{crt,pem}',
            '**/.git/**',
            '**/.strongroom/**',
            'strongroom.config.*',
          ],
        },
      },
    }),
    configureServer: (server) => serveInside(server, options),
  }
}

type Options = StrongroomPluginOptions

/** Strongroom, once it is known where browsers will find it. */
interface Inside {
  readonly development: Development
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
}

function serveInside({ config, httpServer, middlewares }: ViteDevServer, options: Options): void {
  if (httpServer === null) {
    throw new CannotStart(
      'strongroom/vite needs a Vite that listens by itself, without middlewareMode. In a server of your own mount createBff() beside Vite.',
    )
  }
  const opening = Promise.withResolvers<Inside>()
  // Whoever asks is told; there may be nobody.
  opening.promise.catch(() => {})
  // Only now is the port certain: Vite takes the next when one is taken.
  httpServer.once('listening', () => {
    const { port } = httpServer.address() as AddressInfo
    const publicUrl = `${config.server.https ? 'https' : 'http'}://localhost:${port}`
    opening.resolve(openInside(config.root, publicUrl, options))
    opening.promise.then(
      ({ answer, development }) => {
        serveWebSockets(httpServer as Server, answer, (request) =>
          isOurSocket(request, development),
        )
        config.logger.info(told(development))
      },
      (error: unknown) => config.logger.error(`[strongroom] ${messageOf(error)}`),
    )
  })
  httpServer.once('close', () => {
    opening.promise.then(
      ({ development }) => development.close(),
      () => {},
    )
  })
  middlewares.use(function strongroom(request, response, next) {
    opening.promise.then((inside) => pass(inside, request, response, next), next)
  })
}

async function openInside(folder: string, publicUrl: string, options: Options): Promise<Inside> {
  const { api, demoProvider, ...config } = options
  // Vite's process is not ours: its environment stays as it is.
  const env = { ...process.env }
  const unreadable = addEnvironmentFile(env, folder)
  if (unreadable.length > 0) throw new CannotStart(faultReport(unreadable))
  if (api !== undefined && !isSet(env, 'API_UPSTREAM')) env['API_UPSTREAM'] = api
  const development = await openDevelopment({
    folder,
    publicUrl,
    config,
    env,
    ...(demoProvider && { demoProvider }),
  })
  const { app } = development.bff
  const listener = getRequestListener(
    // Over HTTP/2, which Vite speaks with a certificate, nothing can be written from socket to socket.
    (request, env) => app.fetch(request, env.incoming instanceof Http2ServerRequest ? {} : env),
    { hostname: 'localhost', overrideGlobalObjects: false },
  )
  return { development, answer: (request, response) => void listener(request, response) }
}

/** Strongroom's own to Strongroom, all else to Vite, with the headers that the app will have. */
function pass(
  { answer, development }: Inside,
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
): void {
  if (!development.isOwn(request.url ?? '/')) {
    const { appHeaders } = development
    for (let at = 0; at < appHeaders.length; at += 2)
      response.setHeader(appHeaders[at] ?? '', appHeaders[at + 1] ?? '')
    return next()
  }
  // Vite lets pages of every port of this machine read what it serves. Of a user's own data they read nothing.
  for (const name of response.getHeaderNames())
    if (name.startsWith('access-control-')) response.removeHeader(name)
  if (request.httpVersionMajor > 1 || isUnambiguous(request)) return answer(request, response)
  const { body, headers, status } = bareAnswer(400, 'bad_request', development.publicUrl)
  response.writeHead(status, headers).end(body)
}

function isOurSocket(request: IncomingMessage, { isOwn }: Development): boolean {
  return isWebSocket(request) && isOwn(request.url ?? '/')
}

function told({ demoProvider, issuer, upstreams }: Development): string {
  const provider = demoProvider ? `${issuer} (demo: sign in as Ada, Grace or Alan)` : issuer
  const apis = upstreams.map(({ prefix, target }) => `${prefix} goes to ${target}`)
  return `  [strongroom] ${[...apis, `sign-in at ${provider}`].join('; ')}`
}

function messageOf(error: unknown): string {
  return error instanceof CannotStart ? error.message : describeCause(error)
}
