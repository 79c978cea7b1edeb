import type { IssuedToken } from '../servers/provider-control.ts'

/** Something that the browser received, sent or showed, and where. */
export interface Sighting {
  readonly place: string
  readonly text: string
}

export interface Trace {
  readonly kind: IssuedToken['kind']
  readonly place: string
  /** The piece of the token that was found, in the form in which it was. */
  readonly piece: string
}

/** So many characters of a token in a row are no accident. */
const telltaleLength = 20

/**
 * Where any run of 20 characters of a token occurs: as it is, percent-encoded or otherwise escaped, or in base64 or
 * hexadecimal of whatever alignment. No I/O.
 */
export function findTraces(
  tokens: readonly IssuedToken[],
  sightings: readonly Sighting[],
): readonly Trace[] {
  const kinds = new Map<string, IssuedToken['kind']>()
  for (const { kind, value } of tokens) {
    for (const form of formsOf(value)) for (const run of runsOf(form)) kinds.set(run, kind)
  }
  return sightings.flatMap(({ place, text }) => {
    const piece = candidatesIn(text).find((run) => kinds.has(run))
    const kind = piece && kinds.get(piece)
    return kind ? [{ kind, place, piece }] : []
  })
}

/** How a token may be written. A part of it, such as one segment of a JWT, is found by its runs. */
function formsOf(token: string): readonly string[] {
  const shifted = [0, 1, 2].map((lead) => Buffer.from('?'.repeat(lead) + token))
  return [
    token,
    Buffer.from(token).toString('hex'),
    // The first and last group mix with whatever stands beside the token.
    ...shifted.flatMap((bytes) => [
      bytes.toString('base64').slice(4, -4),
      bytes.toString('base64url').slice(4, -4),
    ]),
  ]
}

function candidatesIn(text: string): readonly string[] {
  const plain = unescaped(text)
  const texts = plain === text ? [text] : [text, plain]
  return texts.flatMap((one) => one.match(/[\w.~+/=-]{20,}/g) ?? []).flatMap((word) => runsOf(word))
}

function runsOf(word: string): readonly string[] {
  const count = Math.max(0, word.length - telltaleLength + 1)
  return Array.from({ length: count }, (_, start) => word.slice(start, start + telltaleLength))
}

/** Undoes `%41`, `\u0041`, `\x41`, `&#65;` and `&#x41;`. */
function unescaped(text: string): string {
  return text
    .replaceAll(/(?:%|\\x|\\u00|&#x)([0-7][0-9a-f]);?/gi, (_, hex: string) => character(hex, 16))
    .replaceAll(/&#(\d{2,3});/g, (_, decimal: string) => character(decimal, 10))
}

function character(digits: string, base: number): string {
  return String.fromCharCode(Number.parseInt(digits, base))
}
