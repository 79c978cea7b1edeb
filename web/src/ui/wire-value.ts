/** A JSON value as one line of text. */
export function wireValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
