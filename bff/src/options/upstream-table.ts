import type { UpstreamOptions } from './options.ts'

/** No I/O. */

export interface UpstreamTable {
  readonly rows: readonly UpstreamOptions[]
  /** Which row's target the environment says; null when none. */
  readonly rowOfEnvironment: number | null
}

const prefix = '/api'

/**
 * The table of the file, with `API_UPSTREAM` as the target of `/api`. Where neither says anything there is one row that lacks
 * its target.
 */
export function upstreamTable(
  target: string,
  rows: readonly UpstreamOptions[] | undefined,
): UpstreamTable {
  if (rows !== undefined && target === '') return { rows, rowOfEnvironment: null }
  // Of a table that is none, whoever checks it says so.
  const known = Array.isArray(rows) ? (rows as readonly UpstreamOptions[]) : []
  if (rows !== undefined && known !== rows) return { rows, rowOfEnvironment: null }
  const found = known.findIndex((row) => row?.prefix === prefix)
  const row = { ...known[found], prefix, target } as const
  return found === -1
    ? { rows: [...known, row], rowOfEnvironment: known.length }
    : { rows: known.with(found, row), rowOfEnvironment: found }
}
