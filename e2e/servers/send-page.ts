import { createHash } from 'node:crypto'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { html, trusted, type Html } from './html.ts'
import { pageStyle } from './page-style.ts'

export interface Page {
  readonly title: string
  readonly content: Html
}

type PageContext = Pick<KoaContextWithOIDC, 'body' | 'host' | 'set' | 'type'>

const styleHash = createHash('sha256').update(pageStyle).digest('base64')

/** Answers with a page that runs no script, loads nothing, and can't be framed. */
export function sendPage(ctx: PageContext, page: Page, appUrl: string): void {
  ctx.set({
    'Content-Security-Policy': [
      "default-src 'none'",
      `style-src 'sha256-${styleHash}'`,
      // Chromium applies this to the redirects that follow a form as well, and the last one leads to the app.
      `form-action 'self' ${new URL(appUrl).origin}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  ctx.type = 'html'
  ctx.body = document(page, ctx.host)
}

function document({ content, title }: Page, host: string): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – Demo provider</title>
        <style>${trusted(pageStyle)}</style>
      </head>
      <body>
        <header>
          <p><strong>Demo provider</strong> <span class="address">${host}</span></p>
        </header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
  return page.markup
}
