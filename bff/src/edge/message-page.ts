import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { html, raw } from 'hono/html'

/** A page for a person at a moment when there is no app to show: what happened, and a way on. */
export interface Message {
  readonly status: 200 | 400 | 403 | 503
  readonly title: string
  readonly text: string
  readonly ways: readonly { readonly label: string; readonly href: string }[]
  readonly requestId: string
}

const css = `
:root { color-scheme: light dark; --ink: #16202b; --soft: #4d5b6a; --ground: #f3f5f7; --card: #fff; --line: #d5dce3; --accent: #0b5c6e }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --soft: #a4b1be; --ground: #10161c; --card: #18212a; --line: #2c3945; --accent: #7fd1e0 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
main { max-width: 30rem; width: 100%; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.25 }
p { margin: 0 0 1.5rem }
nav { display: flex; flex-wrap: wrap; gap: .75rem }
a { display: inline-flex; align-items: center; min-height: 2.75rem; padding: 0 1.1rem; border: 1px solid var(--accent); border-radius: .5rem; color: var(--accent); font-weight: 600; text-decoration: none }
a:first-child { background: var(--accent); color: var(--card) }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
small { display: block; margin-top: 1.5rem; color: var(--soft); overflow-wrap: anywhere }
`

/** The page's one style is allowed by its hash; scripts, frames and everything else are not. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`,
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
          <title>${message.title}</title>
          <style>${raw(css)}</style>
        </head>
        <body>
          <main>
            <h1>${message.title}</h1>
            <p>${message.text}</p>
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
