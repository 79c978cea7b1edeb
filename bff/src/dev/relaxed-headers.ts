import type { AnswerHeaders } from '../edge/security-headers.ts'

/** No I/O. */

/**
 * What a dev server needs that a built app does without: scripts and styles in the page itself (React's refresh, Vite's
 * styles), code made from strings, workers made from blobs, and a socket of its own.
 */
const relaxations: Readonly<Record<string, string>> = {
  'script-src': "'self' 'unsafe-inline' 'unsafe-eval'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self' ws://localhost:* wss://localhost:*",
  'worker-src': "'self' blob:",
}

/**
 * The headers of every answer with a looser policy for the page. For development alone. What it keeps: nothing comes from other
 * origins, nothing of the page goes to them, and nobody frames it.
 */
export function relaxedHeaders(headers: AnswerHeaders): AnswerHeaders {
  return headers.map((text, at) =>
    headers[at - 1] === 'content-security-policy' && at % 2 === 1 ? relaxed(text) : text,
  )
}

function relaxed(policy: string): string {
  const kept = policy
    .split('; ')
    .map((directive) => directive.split(' '))
    .filter(([name = '']) => !(name in relaxations) && name !== 'require-trusted-types-for')
    // A form that signs out is led on to wherever the provider ends its sessions, which only the provider knows.
    .map((words) => (words[0] === 'form-action' ? [...words, 'https:'] : words).join(' '))
  const loosened = Object.entries(relaxations).map(([name, sources]) => `${name} ${sources}`)
  return [...kept, ...loosened].join('; ')
}
