import type { Fault } from './fault.ts'

/** The options can't be used. `faults` has all that is wrong with them. */
export class InvalidOptions extends Error {
  override readonly name = 'InvalidOptions'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ option, text }) => `${option} ${text}`).join('\n'))
    this.faults = faults
  }
}
