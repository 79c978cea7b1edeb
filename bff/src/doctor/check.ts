import type { Patient } from './patient.ts'

/**
 * How well something is: `ok`, a `note` (nothing is wrong, or it can't be found out), a `warning` (it works, and may not for ever, or
 * not for all), a `fault` (somebody will not get in, or a promise is broken).
 */
export type Level = 'ok' | 'note' | 'warning' | 'fault'

/** What a check found. No field may hold a secret. */
export interface Finding<Id extends string = string> {
  /** Stable: what reads the output may rely on it. */
  readonly id: Id
  readonly level: Level
  /** One or two sentences. */
  readonly text: string
  /** What to do about it. */
  readonly cure?: string
}

export interface Check<Id extends string = string> {
  /** The heading above its findings. */
  readonly title: string
  /** What it looks at, by the id of the finding. `docs/doctor.md` is made of it. */
  readonly tells: Readonly<Record<Id, string>>
  run(patient: Patient): Promise<readonly Finding<Id>[]>
}

/** Says nothing; holds the findings to the ids that the check tells of. */
export function check<Id extends string>(made: Check<Id>): Check<Id> {
  return made
}

export function finding<Id extends string>(
  id: Id,
  level: Level,
  text: string,
  cure?: string,
): Finding<Id> {
  return cure === undefined ? { id, level, text } : { id, level, text, cure }
}
