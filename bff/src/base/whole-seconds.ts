/** A length of time as a query or a setting says it, in whole seconds; null for anything else. No I/O. */
export function wholeSeconds(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null
}
