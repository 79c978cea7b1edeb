import type { Browser } from './browser.ts'

/** What `GET /auth/session` says to this browser. */
export async function isSignedIn(browser: Browser): Promise<boolean> {
  const answer = await browser.fetch('/auth/session')
  const session = (await answer.json()) as { readonly authenticated: boolean }
  return session.authenticated
}
