import type { Context } from 'hono'
import { html, raw } from 'hono/html'
import { policyHash } from '../base/digest.ts'

/** A page for a person at a moment when there is no app to show: what happened, and a way on. */
export interface Message {
  readonly status: 200 | 400 | 403 | 429 | 503
  readonly title: string
  readonly text: string
  /** What to do if that does not help. */
  readonly hint?: string
  readonly ways: readonly { readonly label: string; readonly href: string }[]
  readonly requestId: string
  /** The browser takes the first way by itself, at once. The page shows only if that takes a while. */
  readonly goesOn?: boolean
}

// The colours and shapes of the demo's app (`web/src/ui/base.css`), in the system's font: the page stands before any app, and
// may fetch nothing of one.
export const css = `
:root { color-scheme: light dark; --ground: #eef0ec; --panel: #fafbf8; --line: #d0d6d0; --line-firm: #75817e; --ink: #12201f; --soft: #495755; --steel: #17575d; --on-steel: #ffffff; --brass: #7a570e }
@media (prefers-color-scheme: dark) { :root { --ground: #0e1415; --panel: #161d1f; --line: #2a3536; --line-firm: #72817f; --ink: #e8ede9; --soft: #a6b4b1; --steel: #82cac8; --on-steel: #0a1d1f; --brass: #e0b661 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; min-height: 100dvh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 1.0625rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif }
main { max-width: 32rem; width: 100%; padding: clamp(1rem, 5vw, 2.5rem); background: var(--panel); border: 1px solid var(--line); border-top: 2px solid var(--brass) }
h1 { margin: 0 0 .75rem; font-size: clamp(1.625rem, 1.4rem + 1vw, 2rem); font-weight: 720; line-height: 1.2; letter-spacing: -.02em; text-wrap: balance }
p { margin: 0 0 .75rem; text-wrap: pretty }
.hint { color: var(--soft) }
nav { margin-top: 1.5rem; display: flex; flex-wrap: wrap; gap: .75rem }
a { display: inline-flex; align-items: center; min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid var(--line-firm); border-radius: .25rem; color: var(--ink); font-weight: 620; line-height: 1.2; text-decoration: none }
a:first-child { background: var(--steel); border-color: var(--steel); color: var(--on-steel) }
a:hover { border-color: var(--ink) }
a:focus-visible { outline: 3px solid var(--steel); outline-offset: 2px }
main.later { animation: appear .2s .8s both }
@keyframes appear { from { opacity: 0 } }
small { display: block; margin-top: 1.5rem; color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere }
`

/** The page's one style is allowed by its hash; scripts, frames and everything else are not. */
const policy = [
  "default-src 'none'",
  `style-src ${policyHash(css)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export function messagePage(c: Context, message: Message): Response | Promise<Response> {
  c.header('Content-Security-Policy', policy)
  c.header('Referrer-Policy', 'no-referrer')
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          ${message.goesOn ? html`<meta http-equiv="refresh" content="0; url=${message.ways[0]?.href}" />` : ''}
          <title>${message.title}</title>
          <style>${raw(css)}</style>
        </head>
        <body>
          <main${message.goesOn ? raw(' class="later"') : ''}>
            <h1>${message.title}</h1>
            <p>${message.text}</p>
            ${message.hint ? html`<p class="hint">${message.hint}</p>` : ''}
            <nav aria-label="What to do next">
              ${message.ways.map(({ label, href }) => html`<a href="${href}">${label}</a>`)}
            </nav>
            <small>Reference for support: ${message.requestId}</small>
          </main>
        </body>
      </html>`,
    message.status,
  )
}
