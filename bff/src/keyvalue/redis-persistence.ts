/** No I/O. */

/**
 * What a Redis would lose when it breaks down, by what it says of itself. `INFO` is allowed where `CONFIG` is not.
 *
 * Snapshots alone are not enough: a refresh token that was replaced since the last of them is spent, and its successor gone.
 */
export function lossAtBreakdown(info: string): string | null {
  const said = new Map(
    info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string | undefined]),
  )
  const evicts = said.get('maxmemory_policy') ?? 'noeviction'
  const mayEvict = evicts !== 'noeviction' && said.get('maxmemory') !== '0'
  const sentences = [
    ...(said.get('aof_enabled') === '0'
      ? [
          'This Redis keeps no append-only file: what users have connected since its last snapshot would be lost with it, and grants refreshed since then would be broken. Set appendonly yes.',
        ]
      : []),
    ...(mayEvict
      ? [
          `This Redis may drop what is not over when it is full (maxmemory-policy ${evicts}), grants too. Set maxmemory-policy noeviction.`,
        ]
      : []),
  ]
  return sentences.length > 0 ? sentences.join(' ') : null
}
