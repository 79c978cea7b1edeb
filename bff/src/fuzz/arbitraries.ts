import * as fc from 'fast-check'

const separators = [
  '/',
  '//',
  '\\',
  '.',
  '..',
  ';',
  ':',
  '@',
  '?',
  '#',
  '&',
  '=',
  ',',
  '~',
  '"',
  "'",
  ' ',
]
const slashes = ['%2f', '%2F', '%5c', '%2e', '%252f', '%c0%af', '%u2215', '\u2044', '\uff0f', '。']
const unseen = [
  '\t',
  '\r',
  '\n',
  '\0',
  '\u007f',
  '\u00a0',
  '\u200b',
  '\ufeff',
  '%00',
  '%0d%0a',
  '%09',
]
const words = [
  '%',
  '%zz',
  'https:',
  'javascript:',
  'evil.example',
  '__proto__',
  'constructor',
  'null',
]

/** Pieces that parsers of URLs, cookies and headers have stumbled over. */
const oddPieces = [...separators, ...slashes, ...unseen, ...words]

const piece = fc.oneof(
  fc.constantFrom(...oddPieces),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ maxLength: 8 }),
)

/** Any text, most of it made of odd pieces. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

/** One of the seeds, changed in a few places. */
export function mutated(seeds: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({ at: fc.nat(10_000), drop: fc.nat(6), put: piece })
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([seed, edits]) =>
      edits.reduce((text, { at, drop, put }) => {
        const place = at % (text.length + 1)
        return text.slice(0, place) + put + text.slice(place + drop)
      }, seed),
    )
}

/** Text that a request can carry in a header: no server hands on anything else. */
export function forHeader(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return text.map((value) => value.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/gu, '').trim())
}
