import { nearestName } from './nearest-name.ts'
import type { Fault } from './fault.ts'
import type { Rule } from './rules.ts'

/** No I/O. What a file says is of any type, whatever an editor would have said to it. */

/** What is wrong with a value of any type, and where in it; nothing when it is as it should be. */
export type Shape = (value: unknown, option: string) => readonly Fault[]

/** Every name that may be said, and what its value must be. */
export type Shapes<Names extends PropertyKey> = Readonly<Record<Names, Shape>>

export const text = shapeOf(isText, 'is not text.')
export const flag = shapeOf((value) => typeof value === 'boolean', 'is neither true nor false.')
export const onlyFalse = shapeOf(
  (value) => value === false,
  'is not false, which is all that it may be. Leave it out otherwise.',
)
export const number = shapeOf((value) => typeof value === 'number', 'is not a number.')
export const texts = shapeOf(isTexts, 'is not a list of texts.')
export const textsByName = shapeOf(
  (value) => isRecord(value) && isTexts(Object.values(value)),
  'is not a list of texts by their names.',
)
export const anything: Shape = () => []

/** Text that a rule has more to say about. */
export function textThat(rule: Rule<string>): Shape {
  return (value, option) => (isText(value) ? told(option, rule(value)) : text(value, option))
}

/** A list of texts that a rule has more to say about. */
export function textsThat(rule: Rule<readonly string[]>): Shape {
  return (value, option) => (isTexts(value) ? told(option, rule(value)) : texts(value, option))
}

export function numberThat(rule: Rule<number>): Shape {
  return (value, option) =>
    typeof value === 'number' ? told(option, rule(value)) : number(value, option)
}

/** Several values by their names: each must fit, and no other name may be there. What is undefined is not there. */
export function group(shapes: Shapes<string>): Shape {
  return (value, option) => {
    if (!isRecord(value)) return [{ option, text: 'is not an object.' }]
    return Object.entries(value).flatMap(([name, inner]) => {
      const at = option === '' ? name : `${option}.${name}`
      if (!Object.hasOwn(shapes, name)) return [{ option: at, text: unknownName(name, shapes) }]
      return inner === undefined ? [] : (shapes[name]?.(inner, at) ?? [])
    })
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unknownName(name: string, shapes: Shapes<string>): string {
  const known = Object.keys(shapes)
  const nearest = nearestName(name, known)
  const cure = nearest === null ? `Known are ${known.join(', ')}.` : `Did you mean ${nearest}?`
  return `is not a name known here. ${cure}`
}

function shapeOf(fits: (value: unknown) => boolean, otherwise: string): Shape {
  return (value, option) => (fits(value) ? [] : [{ option, text: otherwise }])
}

function told(option: string, fault: string | null): readonly Fault[] {
  return fault === null ? [] : [{ option, text: fault }]
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText)
}
