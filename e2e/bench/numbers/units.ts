/** How figures are written: as many digits as they are worth. */

export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(size >= 10 ? 1 : 2)
}

export function range({ min, max }: { readonly min: number; readonly max: number }): string {
  return `${figure(min)}–${figure(max)}`
}

export function megabytes(bytes: number): string {
  return figure(bytes / 1_000_000)
}
