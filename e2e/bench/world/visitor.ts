import { Agent, request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { cookieJar, type CookieJar } from '../../race/cookie-jar.ts'

/** As much of a browser as a sign-in takes: cookies for each origin, redirects, forms. */
export interface Visitor {
  /** What the app's origin has stored in it. */
  readonly jar: CookieJar
  /**
   * Signs in, through whatever pages the provider shows.
   *
   * @param user  @default 'ada'
   * @throws where that leads to anything but a page of the app
   */
  signIn(user?: string): Promise<void>
}

interface Page {
  readonly url: URL
  readonly text: string
}

const loginPath = '/auth/login'

/** More than any sign-in takes. */
const mostSteps = 20

const agent = new Agent({ keepAlive: true })

/**
 * @param publicUrl  the app's origin
 * @param port  where the app listens, whatever its origin says
 */
export function visitor(publicUrl: string, port: number): Visitor {
  const jar = cookieJar()
  const jars = new Map([[publicUrl, jar]])

  async function open(url: URL, form?: URLSearchParams, steps = 0): Promise<Page> {
    if (steps > mostSteps)
      throw new Error(
        `A sign-in led from page to page without end, to ${url.origin}${url.pathname}.`,
      )
    const answer = await send(url, form)
    const body = await text(answer)
    const { location } = answer.headers
    if (location !== undefined) {
      const next = new URL(location, url)
      // There: what the app shows is no part of a sign-in, and some of those measured show nothing.
      const isThere = url.pathname !== loginPath && isOfTheApp(next)
      return isThere ? { url: next, text: '' } : open(next, undefined, steps + 1)
    }
    if ((answer.statusCode ?? 500) >= 400) {
      throw new Error(
        `A sign-in ended with ${answer.statusCode} at ${url.origin}${url.pathname}: ${body.slice(-500)}`,
      )
    }
    return { url, text: body }
  }

  function isOfTheApp(url: URL): boolean {
    return url.origin === publicUrl && !url.pathname.includes('callback')
  }

  async function send(url: URL, form?: URLSearchParams): Promise<IncomingMessage> {
    const own = jars.get(url.origin) ?? cookieJar()
    jars.set(url.origin, own)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({
        agent,
        host: '127.0.0.1',
        port: url.origin === publicUrl ? port : url.port,
        path: url.pathname + url.search,
        method: form ? 'POST' : 'GET',
        headers: {
          host: url.host,
          accept: 'text/html',
          cookie: own.header(),
          ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
      })
      sent.once('response', resolve)
      sent.once('error', (error: NodeJS.ErrnoException) => {
        // A connection that was kept, and that the other end closed at this very moment: nothing was asked on it yet.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(send(url, form))
        else reject(error)
      })
      sent.end(form?.toString())
    })
    own.apply(answer.headers['set-cookie'] ?? [])
    return answer
  }

  return {
    jar,
    async signIn(user = 'ada') {
      let page = await open(new URL(loginPath, publicUrl))
      while (page.url.origin !== publicUrl) {
        const isSignIn = page.text.includes('name="user"')
        const form = isSignIn ? { user } : { answer: 'yes' }
        page = await open(page.url, new URLSearchParams(form))
      }
      if (jar.header() === '') throw new Error('A sign-in left no cookie.')
    },
  }
}
