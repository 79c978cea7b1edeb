import type { Contender } from '../contenders/contender.ts'
import type { Bars } from '../report/bars.ts'
import type { BenchWorld } from '../world/bench-world.ts'

/** One question, and how to answer it by measuring. */
export interface Measure {
  readonly name: string
  readonly about: string
  /** Whether `--quick` asks it. */
  readonly quick?: boolean
  run(bench: Bench): Promise<Finding>
}

export interface Bench {
  readonly world: BenchWorld
  readonly contenders: readonly Contender[]
  readonly rounds: number
  /** Of load that is measured, and of load before it. */
  readonly seconds: number
  readonly warmSeconds: number
  readonly quick: boolean
  /** Of the body of `bodies`. */
  readonly gibibytes: number
  /** Tells the person at the terminal how far it is. */
  say(text: string): void
}

export interface Finding {
  readonly title: string
  /** What was done, in a sentence or two. */
  readonly method: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly notes?: readonly string[]
  readonly bars?: Bars
  /** For the file of results: every figure of every round. */
  readonly data: unknown
}
