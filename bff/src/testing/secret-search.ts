/** Looks for values that must not be there: whole, in part, and in the guises that an encoding gives them. */
export interface SecretSearch {
  /** A value that must be found nowhere. Shorter ones than {@link leastLength} could stand anywhere by chance. */
  know(...values: readonly (string | null | undefined)[]): void
  /** The parts of known values that stand in a text. */
  foundIn(text: string): string[]
  readonly known: ReadonlySet<string>
}

/** So many characters of a secret in a row are a find. */
const leastLength = 16

export function secretSearch(): SecretSearch {
  const known = new Set<string>()
  return {
    known,
    know(...values) {
      for (const value of values) if (value && value.length >= leastLength) known.add(value)
    },
    foundIn(text) {
      const parts = new Set(partsOf(text))
      return [...known].flatMap((value) =>
        guises(value).flatMap((guise) =>
          partsOf(guise)
            .filter((part) => parts.has(part))
            .slice(0, 1),
        ),
      )
    },
  }
}

function partsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - leastLength + 1) }, (_, start) =>
    text.slice(start, start + leastLength),
  )
}

function guises(value: string): string[] {
  const bytes = Buffer.from(value)
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    bytes.toString('hex'),
    ...base64Of(value, 'base64'),
    ...base64Of(value, 'base64url'),
  ].filter((guise, index, all) => all.indexOf(guise) === index)
}

/** As it looks at each of the three places where it may begin in a longer text, without the ends that its neighbours share. */
function base64Of(value: string, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].map((before) =>
    Buffer.from(' '.repeat(before) + value)
      .toString(encoding)
      .replaceAll('=', '')
      .slice(before === 0 ? 0 : before + 1, -1),
  )
}
