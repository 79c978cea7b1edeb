/** No I/O. */

/** The known name that was most likely meant, or null when none is near. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const scored = known.map((candidate) => ({ candidate, steps: distance(name, candidate) }))
  const [nearest] = scored.toSorted((a, b) => a.steps - b.steps)
  return nearest !== undefined && nearest.steps <= Math.max(2, name.length / 3)
    ? nearest.candidate
    : null
}

/** How many letters must be put in, taken out or changed to make one of the other (Levenshtein), whatever their case. */
function distance(one: string, other: string): number {
  const from = one.toLowerCase()
  const to = other.toLowerCase()
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
