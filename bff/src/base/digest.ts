import { hash } from 'node:crypto'

/** No I/O. */

/** SHA-256 in base64url: a name for what must not be read in a key, a cookie's name or an answer. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** As a Content-Security-Policy names an inline script or style (CSP Level 3 §2.3.1). */
export function policyHash(text: string): string {
  return `'sha256-${hash('sha256', text, 'base64')}'`
}
