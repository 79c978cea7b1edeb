import type { Fault } from './fault.ts'
import { isRecord } from './shapes.ts'

/** No I/O. */

/**
 * What rows demand must be among what every sign-in has to be like, or no sign-in could satisfy both.
 *
 * @param demanded  `acr_values` of every sign-in
 */
export function checkAcrValues(rows: unknown, demanded: string | undefined): readonly Fault[] {
  if (demanded === undefined || !Array.isArray(rows)) return []
  const taken = demanded.split(' ')
  return rows.flatMap((row: unknown, index) => {
    const acrValues = isRecord(row) ? row['acrValues'] : undefined
    if (!Array.isArray(acrValues) || acrValues.some((acr) => taken.includes(String(acr)))) return []
    const text = `names none of the acr_values of every sign-in (${taken.join(', ')}), so that nobody could ever satisfy it. Add it to OIDC_AUTHORIZE_PARAMS.`
    return [{ option: `upstreams[${index}].acrValues`, text }]
  })
}
