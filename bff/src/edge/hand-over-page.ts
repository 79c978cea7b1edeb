import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import { policyHash } from '../base/digest.ts'
import { css as messageStyle } from './message-page.ts'

const css = `${messageStyle}
form { margin: 0 }
button { min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid var(--steel); border-radius: .25rem; background: var(--steel); color: var(--on-steel); font: inherit; font-weight: 620; line-height: 1.2; cursor: pointer }
button:hover { border-color: var(--ink) }
button:focus-visible { outline: 3px solid var(--steel); outline-offset: 2px }
`

const script = 'document.forms[0].submit()'

/** What we ask of the end-session endpoint. Any other parameter belongs to the endpoint, and stays in its URL. */
const ourParameters = ['client_id', 'id_token_hint', 'post_logout_redirect_uri', 'state'] as const

/**
 * Sends the browser on to the provider by a form, for what is too long for a URL (RP-Initiated Logout §2 has providers take
 * both). By itself, or by a press of its button where scripts are off.
 */
export function handOverPage(
  c: Context,
  endSessionUrl: URL,
  publicUrl: URL,
): Response | Promise<Response> {
  const action = new URL(endSessionUrl)
  for (const name of ourParameters) action.searchParams.delete(name)
  const fields = ourParameters.flatMap((name) =>
    endSessionUrl.searchParams.getAll(name).map((value) => ({ name, value })),
  )
  c.header('Content-Security-Policy', policy(action.origin, publicUrl.origin))
  // A sandbox is thrown out of a window that keeps its opener.
  c.header('Cross-Origin-Opener-Policy', 'unsafe-none')
  c.header('Referrer-Policy', 'no-referrer')
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>Signing out</title>
          <style>${raw(css)}</style>
        </head>
        <body>
          <main>
            <h1>You are signed out here</h1>
            <p>One more step signs you out at the sign-in service as well.</p>
            <form method="post" action="${action.href}">
              ${fields.map(
                ({ name, value }) => html`<input type="hidden" name="${name}" value="${value}" />`,
              )}
              <button>Continue</button>
            </form>
          </main>
          <script>${raw(script)}</script>
        </body>
      </html>`,
  )
}

/**
 * The sandbox gives the page an origin of its own: it holds the ID token, and a script of the app that sent the form into
 * a window of its choice could otherwise read it there.
 */
function policy(provider: string, home: string): string {
  return [
    'sandbox allow-forms allow-scripts',
    "default-src 'none'",
    `style-src ${policyHash(css)}`,
    `script-src ${policyHash(script)}`,
    "base-uri 'none'",
    // Browsers hold this against redirects too, and the last of them leads home.
    `form-action ${provider} ${home}`,
    "frame-ancestors 'none'",
  ].join('; ')
}
