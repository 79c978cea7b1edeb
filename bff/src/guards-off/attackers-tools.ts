import type { Browser } from '../testing/browser.ts'
import type { TestBff } from '../testing/test-bff.ts'

/** Whom `GET /auth/session` greets in this browser; null for nobody. */
export async function whoIs(browser: Browser): Promise<string | null> {
  return greeted(await browser.fetch('/auth/session'))
}

/** The same for whoever shows this header. */
export async function whoShows({ bff }: TestBff, Cookie: string): Promise<string | null> {
  return greeted(await bff.app.request('/auth/session', { headers: { Cookie, 'X-CSRF': '1' } }))
}

async function greeted(answer: Response): Promise<string | null> {
  const view = (await answer.json()) as { readonly user?: { readonly sub: string } }
  return view.user?.sub ?? null
}

/** What a browser that sends its cookies along would put into the header. */
export function cookieHeader(browser: Browser): string {
  return [...browser.cookies()].map(([name, { value }]) => `${name}=${value}`).join('; ')
}

/** How many sign-ins under way the browser holds. */
export function attemptsIn(browser: Browser): number {
  return [...browser.cookies().keys()].filter((name) => name.includes('-login-')).length
}

/** What the server knows of who sent a request, for `app.request`. */
export function from(remoteAddress: string) {
  return { incoming: { socket: { remoteAddress } }, outgoing: {} } as never
}
