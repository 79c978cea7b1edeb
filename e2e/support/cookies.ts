import type { BrowserContext, Cookie } from '@playwright/test'

export const loginCookiePrefix = '__Host-Http-strongroom-login-'

export const sessionCookieName = '__Host-Http-strongroom'

/** The cookies of one purpose: all login attempts, or all chunks of the session. */
export async function cookiesOf(
  context: BrowserContext,
  purpose: typeof loginCookiePrefix | typeof sessionCookieName,
): Promise<readonly Cookie[]> {
  const cookies = await context.cookies()
  return cookies.filter(
    ({ name }) =>
      name.startsWith(purpose) &&
      (purpose === loginCookiePrefix || !name.startsWith(loginCookiePrefix)),
  )
}
