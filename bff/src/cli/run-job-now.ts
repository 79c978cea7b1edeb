import type { RanNow } from '../jobs/run-now.ts'
import { demandProfile } from '../options/demand-profile.ts'
import { nearestName } from '../options/nearest-name.ts'
import { listPatiently } from './list-patiently.ts'
import { openBff } from './open-bff.ts'
import { progressBar, type ProgressBar } from './progress-bar.ts'
import { silent } from './silent.ts'
import { keepHeapSmall } from './small-heap.ts'

export interface RunJobNow {
  readonly job: string
  /** Null: everybody. */
  readonly sub: string | null
  readonly json: boolean
}

/** `strongroom jobs run` @returns the exit code */
export async function runJobNow({ job: name, json, sub }: RunJobNow): Promise<number> {
  keepHeapSmall()
  const opened = await openBff(silent, demandProfile)
  if (!opened) return 2
  const { jobs } = opened.bff
  const job = jobs?.all.find((one) => one.name === name)
  if (!jobs || !job) {
    await opened.bff.close()
    return unknown(name, jobs?.all.map((one) => one.name) ?? [])
  }
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const listed = await listPatiently(jobs)
  if (!listed) {
    await opened.bff.close()
    return 1
  }
  const total = sub === null ? (listed.find((one) => one.name === name)?.users ?? 0) : 1
  const bar = progressBar(process.stderr, total, json || sub !== null)
  const ended = new Map<string, number>()
  for await (const ran of jobs.runNow(job, { sub, signal: stop.signal })) {
    ended.set(ran.outcome, (ended.get(ran.outcome) ?? 0) + 1)
    tell(ran, bar, { json, alone: sub !== null })
    bar.step(ran.outcome !== 'done')
  }
  bar.end()
  await opened.bff.close()
  if (!json && sub === null) process.stdout.write(summary(name, ended))
  if (stop.signal.aborted) return 130
  return [...ended.keys()].every((outcome) => outcome === 'done') ? 0 : 1
}

/** Of many only those that did not come to their end. */
function tell(
  ran: RanNow,
  bar: ProgressBar,
  how: { readonly json: boolean; readonly alone: boolean },
): void {
  if (how.json) return void process.stdout.write(`${JSON.stringify(ran)}\n`)
  if (!how.alone && ran.outcome === 'done') return
  bar.aside(() => process.stdout.write(line(ran)))
}

function line({ detail, outcome, seconds, sub, willRetry }: RanNow): string {
  const said = detail === null ? '' : ` ${detail}`
  const later = willRetry ? ' It is tried again later.' : ''
  return `${sub}: ${outcome} after ${seconds.toFixed(1)} s.${said}${later}\n`
}

function summary(job: string, ended: ReadonlyMap<string, number>): string {
  if (ended.size === 0) return `${job}: nobody has connected its grant.\n`
  const parts = [...ended].map(([outcome, times]) => `${times} ${outcome}`)
  return `${job}: ${parts.join(', ')}.\n`
}

function unknown(name: string, known: readonly string[]): number {
  const nearest = nearestName(name, known)
  const cure =
    nearest !== null
      ? `Did you mean ${nearest}?`
      : known.length > 0
        ? `Known are ${known.join(', ')}.`
        : 'There are none: add some to strongroom.config.ts.'
  process.stderr.write(`There is no job ${JSON.stringify(name)}. ${cure}\n`)
  return 2
}
