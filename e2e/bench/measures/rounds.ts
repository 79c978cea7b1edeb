import type { Contender } from '../contenders/contender.ts'
import type { Bench } from './measure.ts'

/** What each contender gave, a value a round. */
export type Rounds<T> = ReadonlyMap<string, readonly T[]>

/**
 * Lets the contenders take turns, round by round, each round beginning with another one, so that whatever the machine
 * does to one it does to all.
 */
export async function inRounds<T>(
  { rounds, say }: Bench,
  contenders: readonly Contender[],
  measure: (contender: Contender) => Promise<T>,
): Promise<Rounds<T>> {
  const results = new Map<string, T[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    const start = round % contenders.length
    for (const contender of [...contenders.slice(start), ...contenders.slice(0, start)]) {
      say(`round ${round + 1} of ${rounds}: ${contender.name}`)
      results.get(contender.name)?.push(await measure(contender))
    }
  }
  return results
}

/** One figure of each round. */
export function column<T>(
  rounds: Rounds<T>,
  name: string,
  pick: (value: T) => number,
): readonly number[] {
  return (rounds.get(name) ?? []).map(pick)
}
