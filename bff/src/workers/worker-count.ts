import { parseArgs } from 'node:util'
import { err, ok, type Result } from '@strongroom/client'
import type { BffOptions } from '../options/options.ts'
import type { Fault } from '../options/fault.ts'

/** No I/O. */

const flag = '--workers'
const most = 256

/**
 * How many processes are to share the work: `--workers 4`, or `--workers auto` for one a core.
 *
 * @param args  of the command line
 * @param store  null where nothing is known of it
 */
export function workerCount(
  args: readonly string[],
  store: BffOptions['store'] | null,
  cores: number,
): Result<number, Fault> {
  const fault = (text: string) => err({ option: flag, text })
  const { tokens } = parseArgs({
    args: [...args],
    options: { workers: { type: 'string' } },
    strict: false,
    tokens: true,
  })
  const stranger = tokens.find((token) => token.kind !== 'option' || token.name !== 'workers')
  if (stranger) return fault(`is all that can be said here. Leave the rest of the line out.`)
  const asked = tokens.findLast((token) => token.kind === 'option')?.value
  if (tokens.length === 0) return ok(1)
  const count = asked === 'auto' ? cores : /^\d{1,3}$/.test(asked ?? '') ? Number(asked) : 0
  if (count < 1 || count > most)
    return fault(`needs a whole number from 1 to ${most}, or auto for one a core.`)
  if (count > 1 && store !== null && !isShared(store))
    return fault(
      'needs a store that processes can share, and memory is none. Set STORE_URL to sqlite:<file> or redis://….',
    )
  return ok(count)
}

/** Left out it is a file. */
function isShared(store: BffOptions['store']): boolean {
  return store === undefined || (typeof store === 'string' && !store.startsWith('memory:'))
}
