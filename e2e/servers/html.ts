/** Markup that may stand in a page as it is. Only {@link html} and {@link trusted} make it. */
export interface Html {
  readonly markup: string
}

type Part = Html | string | number | undefined | false | readonly Html[]

/** Builds markup from a template. Every text put into it is escaped, for element content and quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.reduce((done, text, at) => done + render(parts[at - 1]) + text)
  return { markup }
}

/** Takes markup that was made elsewhere, such as oidc-provider's own forms. */
export function trusted(markup: string): Html {
  return { markup }
}

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escape(String(part))
  return 'markup' in part ? part.markup : part.map((one) => one.markup).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
