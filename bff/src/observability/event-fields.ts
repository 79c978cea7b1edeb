import type * as z from 'zod'

/**
 * A string that is none of the tokens: each of those bears a brand, and does not fit. (`length` is there so that a plain string
 * does: without it nothing of the type would be required, and nothing would fit.)
 */
export type NoToken = string & { readonly length: number; readonly [z.$brand]?: never }

/** What stands in one field of an event. The value's type stands for itself; nothing of it is there when the program runs. */
export interface Field<T = unknown> {
  readonly kind: 'name' | 'code' | 'text' | 'choice' | 'number' | 'flag' | 'names'
  readonly says: string
  readonly orNull: boolean
  /** Of a `choice`: all that there are. */
  readonly choices?: readonly string[]
  readonly holds?: T
}

/** Names somebody or something: a session, a user, a job. */
export const name = (says: string): Field<NoToken> => ({ kind: 'name', says, orNull: false })

export const nameOrNull = (says: string): Field<NoToken | null> => ({
  kind: 'name',
  says,
  orNull: true,
})

/** Short, of letters, digits, `-`, `_`, `.` and `:`; and made by us, or checked by `plainCode`. */
export const code = (says: string): Field<NoToken> => ({ kind: 'code', says, orNull: false })

/** Words of our own, or what `describeCause` makes of an error: its class and codes. */
export const text = (says: string): Field<NoToken> => ({ kind: 'text', says, orNull: false })

/** One of a few. */
export function choice<const T extends string>(says: string, ...choices: readonly T[]): Field<T> {
  return { kind: 'choice', says, orNull: false, choices }
}

export const number = (says: string): Field<number> => ({ kind: 'number', says, orNull: false })

export const numberOrNull = (says: string): Field<number | null> => ({
  kind: 'number',
  says,
  orNull: true,
})

export const flag = (says: string): Field<boolean> => ({ kind: 'flag', says, orNull: false })

export const names = (says: string): Field<readonly NoToken[]> => ({
  kind: 'names',
  says,
  orNull: false,
})
