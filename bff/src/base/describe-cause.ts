/**
 * A cause as a log may tell it: the names and codes of the error and of what caused it, no stack.
 *
 * A parser's message quotes what it read, and that may be an answer with tokens in it; so the message of a
 * `SyntaxError` is never told.
 */
export function describeCause(cause: unknown): string {
  const lines: string[] = []
  for (let error = cause; error instanceof Error && lines.length < 4; error = error.cause) {
    const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
    const oauthError =
      'error' in error && typeof error.error === 'string' ? ` (${error.error.slice(0, 100)})` : ''
    const message = error instanceof SyntaxError ? '' : `: ${error.message.slice(0, 200)}`
    lines.push(`${error.name}${code}${message}${oauthError}`)
  }
  return lines.length > 0 ? lines.join(' < ') : typeof cause
}
