/** One place in the source, and what stands there while the guard is off. */
export interface Cut {
  /** Below `bff/src`. */
  readonly file: string
  /** Stands there once. */
  readonly guard: string
  /** @default nothing */
  readonly instead?: string
}

const parameter = 'guards-off'

/** What to import in the place of the file: the same, with these guards taken out. */
export function withCuts(file: string, cuts: readonly Cut[]): string {
  const query = new URLSearchParams({ [parameter]: JSON.stringify(cuts) })
  return `../${file}?${query.toString()}`
}

/** For Vitest's configuration: takes guards out of our source on its way into a test. */
export function guardsOff() {
  return {
    name: 'guards-off',
    enforce: 'pre' as const,
    transform(source: string, id: string): string | undefined {
      const asked = new URLSearchParams(id.split('?')[1] ?? '').get(parameter)
      return asked === null ? undefined : (JSON.parse(asked) as Cut[]).reduce(applied, source)
    },
  }
}

/** A guard that is not found has moved: the test must go along. */
function applied(source: string, { file, guard, instead = '' }: Cut): string {
  const [before, after, ...others] = source.split(guard)
  if (before === undefined || after === undefined || others.length > 0) {
    throw new Error(`${file} does not hold this guard once: ${guard}`)
  }
  return `${before}${instead}${after}`
}
