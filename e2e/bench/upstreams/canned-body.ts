const items = Array.from({ length: 20 }, (_, id) => ({ id, title: `Note ${id}` }))

const answerBytes = 997

/** What every call is answered with: JSON of 997 bytes. */
export const cannedBody = jsonOf(answerBytes)

function jsonOf(bytes: number): string {
  const empty = JSON.stringify({ items, text: '' })
  return JSON.stringify({ items, text: 'x'.repeat(bytes - empty.length) })
}
