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
  const { accessToken, clientToken, dpop, token } = row
  for (const name of ['acrValues', 'maxAge']) {
    if (row[name] === undefined || isForSignedIn(row)) continue
    const text = `is beside token: ${JSON.stringify(token)}, which also lets in who has not signed in at all. Leave one of them out.`
    faults.push({ option: `${option}.${name}`, text })
  }
  if (clientToken !== undefined && token !== 'client') {
    const text =
      'is not beside token: "client", so nobody would ask for it. Add that, or leave it out.'
    faults.push({ option: `${option}.clientToken`, text })
  }
  if (dpop === false && accessToken === undefined && token !== 'client' && token !== 'none') {
    const text =
      'is false, and the session’s own token is bound. Give the row an accessToken of its own, or leave it out.'
    faults.push({ option: `${option}.dpop`, text })
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
  if (token === 'none' || token === 'client') {
    const text = `is beside token: "${token}", so nothing would bear it. Leave one of them out.`
    faults.push({ option: `${option}.accessToken`, text })
  }
  return faults
}

function isForSignedIn({ clientToken, token }: Readonly<Record<string, unknown>>): boolean {
  const isForAnybody = isRecord(clientToken) && clientToken['callers'] === 'anybody'
  return token === undefined || token === 'required' || (token === 'client' && !isForAnybody)
}
