import type { Fault } from './fault.ts'
import { group, isRecord } from './shapes.ts'
import { shapesOf, upstreamFields } from './upstream-fields.ts'

/** No I/O. */

const rowShape = group(shapesOf(upstreamFields))

/** Everything that is wrong with the table, row by row: `upstreams[1].target …`. */
export function checkUpstreams(rows: unknown): readonly Fault[] {
  if (!Array.isArray(rows)) return [{ option: 'upstreams', text: 'is not a list of rows.' }]
  return rows.flatMap((row: unknown, index) => {
    const option = `upstreams[${index}]`
    // What is missing is told by the rule for what is empty.
    const filled = isRecord(row)
      ? { ...row, prefix: row['prefix'] ?? '', target: row['target'] ?? '' }
      : row
    return [...rowShape(filled, option), ...faultsBetween(filled, option, rows.slice(0, index))]
  })
}

/** What no field shows by itself. */
function faultsBetween(
  row: unknown,
  option: string,
  earlier: readonly unknown[],
): readonly Fault[] {
  if (!isRecord(row)) return []
  const faults: Fault[] = []
  const twice = earlier.findIndex((other) => isRecord(other) && other['prefix'] === row['prefix'])
  if (twice !== -1 && row['prefix'] !== '') {
    const text = `is that of upstreams[${twice}], too. Make one row of the two, or tell them apart.`
    faults.push({ option: `${option}.prefix`, text })
  }
  const { accessToken, token } = row
  for (const name of ['acrValues', 'maxAge']) {
    if (row[name] === undefined || token === undefined || token === 'required') continue
    const text = `is beside token: ${JSON.stringify(token)}, which also lets in who has not signed in at all. Leave one of them out.`
    faults.push({ option: `${option}.${name}`, text })
  }
  if (!isRecord(accessToken)) return faults
  if (accessToken['by'] === undefined) {
    const text = 'is missing. Say "exchange" or "refresh".'
    faults.push({ option: `${option}.accessToken.by`, text })
  }
  if (['resource', 'audience', 'scopes'].every((name) => accessToken[name] === undefined)) {
    const text = 'asks for nothing. Give a resource, an audience or scopes.'
    faults.push({ option: `${option}.accessToken`, text })
  }
  if (token === 'none') {
    const text = 'is beside token: "none", so nothing would bear it. Leave one of them out.'
    faults.push({ option: `${option}.accessToken`, text })
  }
  return faults
}
