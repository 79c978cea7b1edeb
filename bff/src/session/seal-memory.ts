/** Remembers what seals held, as long as there is room. */
export interface SealMemory<T> {
  get(seal: string): T | undefined
  set(seal: string, content: T): void
}

interface Remembered<T> {
  readonly seal: string
  readonly content: T
  /** Since room was last made. */
  used: boolean
}

/** The end of a seal is its mac: as good as random, and a thousandth of the work to hash. */
const tailCharacters = 46

/** What a session takes in memory, opened, for each character of its seal: measured, with the seal itself. */
const bytesPerCharacter = 2

/**
 * Keyed by the last characters of a seal, and the whole of it compared. A hit changes nothing but a mark. Where room is needed the
 * one that came first goes; with the mark it loses that instead, and waits for its turn behind the others.
 *
 * @param maxBytes  of memory, roughly
 */
export function sealMemory<T>(maxBytes: number): SealMemory<T> {
  const maxCharacters = maxBytes / bytesPerCharacter
  const entries = new Map<string, Remembered<T>>()
  let characters = 0

  /** For more than one: a map that has lost its first entries steps over each of their places until it is packed anew. */
  function makeRoom(): void {
    // In the order of insertion, and those that are put in meanwhile come last.
    for (const [key, entry] of entries) {
      if (characters <= (maxCharacters * 7) / 8) return
      entries.delete(key)
      if (entry.used) {
        entry.used = false
        entries.set(key, entry)
      } else characters -= entry.seal.length
    }
  }

  return {
    get(seal) {
      const entry = entries.get(seal.slice(-tailCharacters))
      if (entry?.seal !== seal) return undefined
      entry.used = true
      return entry.content
    },
    set(seal, content) {
      const copy = flat(seal)
      const key = copy.slice(-tailCharacters)
      characters += copy.length - (entries.get(key)?.seal.length ?? 0)
      entries.set(key, { seal: copy, content, used: false })
      if (characters > maxCharacters) makeRoom()
    },
  }
}

/** A copy that does not keep the header alive which it was cut out of. */
function flat(text: string): string {
  if (text.length > desk.length) return Buffer.from(text, 'latin1').toString('latin1')
  return desk.toString('latin1', 0, desk.write(text, 'latin1'))
}

/** Room for the largest seal that fits into cookies: to make room for each costs more than the copy. */
const desk = Buffer.allocUnsafeSlow(16_384)
