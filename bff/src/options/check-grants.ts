import type { Store } from '../keyvalue/store.ts'
import { grantShapes } from './grant-fields.ts'
import { grantName } from './grant-rules.ts'
import type { Fault } from './fault.ts'
import { group, isRecord } from './shapes.ts'

/** No I/O. */

const shape = group(grantShapes)

/** Everything that is wrong with the grants, one by one: `grants.digest.title …`. */
export function checkGrants(grants: unknown, store: string | Store): readonly Fault[] {
  if (!isRecord(grants))
    return [{ option: 'grants', text: 'is not a list of grants by their names.' }]
  const names = Object.keys(grants)
  return [
    ...names.flatMap((name) => checkGrant(name, grants[name])),
    ...(names.length > 0 && store === 'memory:' ? [forgetful] : []),
  ]
}

const forgetful: Fault = {
  option: 'store',
  text: 'is memory:, which a restart empties: what users have connected for a year would be lost, and could not even be revoked. Use sqlite:<file> or redis://<host> with grants, or leave the grants out.',
}

function checkGrant(name: string, grant: unknown): readonly Fault[] {
  const option = `grants.${name}`
  const text = grantName(name)
  const named = text === null ? [] : [{ option, text }]
  // What is missing is told by the rule for what is empty.
  const filled = isRecord(grant)
    ? {
        ...grant,
        title: grant['title'] ?? '',
        sentence: grant['sentence'] ?? '',
        scopes: grant['scopes'] ?? [],
      }
    : grant
  return [...named, ...shape(filled, option)]
}
