import { csrfHeader } from '@strongroom/client'
import type { SimulatedInternet } from './simulated-internet.ts'

interface Cookie {
  readonly value: string
  /** Everything behind the value, as it was set. */
  readonly attributes: string
}

export type Cookies = ReadonlyMap<string, Cookie>

/** The little of a browser that matters here: cookies with their rules, redirects, and what it says of itself. */
export interface Browser {
  /** A call as the app's own script makes it. Redirects are not followed. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Follows a link, over redirects, other sites and pages that go on by themselves, to where it ends. */
  navigate(path: string, options?: NavigateOptions): Promise<Arrival>
  cookies(): Cookies
  /** Another browser with the same cookies as these: a copy, a late call, a thief. */
  with(cookies: Cookies): Browser
  /** Every `Set-Cookie` that came, oldest first. */
  readonly setCookies: readonly string[]
}

export interface NavigateOptions {
  /** Stops before following a redirect to a URL that matches. */
  readonly until?: RegExp
  readonly headers?: Readonly<Record<string, string>>
  /** The link is on a page of another site, or another site redirects here. */
  readonly fromElsewhere?: boolean
}

export interface Arrival {
  readonly url: URL
  readonly response: Response
  /** Every URL on the way, the last included. */
  readonly way: readonly string[]
}

export function openBrowser(
  internet: SimulatedInternet,
  home: string,
  jar: Map<string, Cookie> = new Map(),
): Browser {
  const setCookies: string[] = []

  function cookieHeader(sameSite: boolean): string {
    return [...jar]
      .filter(([, { attributes }]) => sameSite || !/SameSite=Strict/i.test(attributes))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }

  function keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      setCookies.push(line)
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      if (/Max-Age=0/i.test(line)) jar.delete(name)
      else {
        jar.set(name, {
          value: pair.slice(name.length + 1),
          attributes: attributes.join('; '),
        })
      }
    }
  }

  async function send(url: URL, sameSite: boolean, headers: Headers, init: RequestInit = {}) {
    const ours = url.origin === home
    const cookie = ours ? cookieHeader(sameSite) : ''
    if (cookie !== '') headers.set('Cookie', cookie)
    const response = await internet.fetch(url, { ...init, headers, redirect: 'manual' })
    if (ours) keep(response)
    return response
  }

  return {
    setCookies,
    cookies: () => new Map(jar),
    with: (cookies) => openBrowser(internet, home, new Map(cookies)),

    fetch(path, init = {}) {
      const headers = new Headers({
        [csrfHeader.name]: csrfHeader.value,
        'Sec-Fetch-Site': 'same-origin',
        'Sec-Fetch-Mode': 'cors',
        'Sec-Fetch-Dest': 'empty',
      })
      for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
      return send(new URL(path, home), true, headers, init)
    },

    async navigate(path, { until, headers, fromElsewhere = false } = {}) {
      const way: string[] = []
      let url = new URL(path, home)
      let sameSite = !fromElsewhere
      for (;;) {
        way.push(url.href)
        // Once another site has been on the way, strict cookies stay at home, back on our own site too.
        sameSite &&= url.origin === home
        const said = new Headers({
          Accept: 'text/html,*/*;q=0.8',
          'Sec-Fetch-Site': sameSite ? 'same-origin' : 'cross-site',
          'Sec-Fetch-Mode': 'navigate',
          'Sec-Fetch-Dest': 'document',
          ...headers,
        })
        const response = await send(url, sameSite, said)
        const refresh = await refreshTarget(response)
        // From a page of our own, the browser sets out anew.
        sameSite ||= refresh !== null && url.origin === home
        const location = response.headers.get('Location') ?? refresh
        if (location === null) return { url, response, way }
        const next = new URL(location, url)
        if (until?.test(next.href)) return { url: next, response, way }
        if (way.length > 20) throw new Error(`too many redirects: ${way.join(' → ')}`)
        url = next
      }
    },
  }
}

async function refreshTarget(response: Response): Promise<string | null> {
  if (!response.headers.get('Content-Type')?.startsWith('text/html')) return null
  const page = await response.clone().text()
  return /<meta http-equiv="refresh" content="0; url=([^"]+)"/.exec(page)?.[1] ?? null
}
