import { cpus, release, totalmem } from 'node:os'

/** What the figures were measured on. */
export function describeMachine(): string {
  const [first] = cpus()
  const gibibytes = Math.round(totalmem() / 1024 ** 3)
  return (
    `${first?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${gibibytes} GiB, ` +
    `Linux ${release()}, Node ${process.versions.node}`
  )
}
