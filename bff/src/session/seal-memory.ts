/** Remembers what seals held, as long as there is room. */
export interface SealMemory<T> {
  get(seal: string): T | undefined
  set(seal: string, content: T): void
}

interface Remembered<T> {
  readonly seal: string
  readonly content: T
}

/** The end of a seal is its mac: as good as random, and a thousandth of the work to hash. */
const tailCharacters = 46

/** What a session takes in memory, opened, for each character of its seal: measured, with the seal itself. */
const bytesPerCharacter = 3

/**
 * Keyed by the last characters of a seal, and the whole of it compared. In two generations: what is used in the older moves to
 * the younger, and when that is full the older is let go. So a hit changes nothing, and what nobody uses leaves.
 *
 * @param maxBytes  of memory, roughly
 */
export function sealMemory<T>(maxBytes: number): SealMemory<T> {
  const halfCharacters = maxBytes / bytesPerCharacter / 2
  let young = new Map<string, Remembered<T>>()
  let old = new Map<string, Remembered<T>>()
  let characters = 0

  function remember(key: string, entry: Remembered<T>): void {
    if (characters > halfCharacters) {
      old = young
      young = new Map()
      characters = 0
    }
    young.set(key, entry)
    characters += entry.seal.length
  }

  return {
    get(seal) {
      const key = seal.slice(-tailCharacters)
      const recent = young.get(key)
      if (recent) return recent.seal === seal ? recent.content : undefined
      const older = old.get(key)
      if (older?.seal !== seal) return undefined
      remember(flat(key), older)
      return older.content
    },
    set(seal, content) {
      const copy = flat(seal)
      remember(flat(seal.slice(-tailCharacters)), { seal: copy, content })
    },
  }
}

/** A copy that does not keep the header alive which it was cut out of. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
