/** No I/O. */

/** One way in which a Redis could lose what is kept in it. */
export interface BreakdownRisk {
  readonly kind: 'no-append-only-file' | 'evicts'
  readonly text: string
  readonly cure: string
}

/**
 * What a Redis would lose when it breaks down or is full, by what it says of itself. `INFO` is allowed where `CONFIG` is not.
 *
 * Snapshots alone are not enough: a refresh token that was replaced since the last of them is spent, and its successor gone.
 */
export function risksAtBreakdown(info: string): readonly BreakdownRisk[] {
  const said = new Map(
    info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string | undefined]),
  )
  const evicts = said.get('maxmemory_policy') ?? 'noeviction'
  const mayEvict = evicts !== 'noeviction' && said.get('maxmemory') !== '0'
  const risks: BreakdownRisk[] = []
  if (said.get('aof_enabled') === '0')
    risks.push({
      kind: 'no-append-only-file',
      text: 'This Redis keeps no append-only file: what users have connected since its last snapshot would be lost with it, and grants refreshed since then would be broken.',
      cure: 'Set appendonly yes.',
    })
  if (mayEvict)
    risks.push({
      kind: 'evicts',
      text: `This Redis may drop what is not over when it is full (maxmemory-policy ${evicts}), grants too.`,
      cure: 'Set maxmemory-policy noeviction.',
    })
  return risks
}

/** The same in sentences, or null. */
export function lossAtBreakdown(info: string): string | null {
  const risks = risksAtBreakdown(info)
  return risks.length > 0 ? risks.map(({ text, cure }) => `${text} ${cure}`).join(' ') : null
}
