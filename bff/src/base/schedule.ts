import { err, ok, type Result } from '@strongroom/client'
import { Cron } from 'croner'

/** No I/O. No clock: instants are passed in, whole seconds since the epoch. */

export interface ScheduleText {
  /** Five fields, or six that begin with the seconds. */
  readonly cron: string
  /** By its IANA name, such as `Europe/Berlin`. */
  readonly timeZone: string
}

/** The instants at which something is due. */
export interface Schedule {
  /** The first one behind an instant; null when there is none any more. */
  next(after: number): number | null
  /** The last one that is not behind an instant. */
  latest(until: number): number | null
}

/** @returns fails with what is wrong and its cure, to stand behind the name of an option */
export function readSchedule({ cron, timeZone }: ScheduleText): Result<Schedule, string> {
  if (!isTimeZone(timeZone))
    return err(`has no such time zone. Use an IANA name, such as Europe/Berlin.`)
  const pattern = patternOf(cron, timeZone)
  if (pattern === null)
    return err(
      'is no cron schedule. Write five fields (minute, hour, day, month, weekday), such as "0 2 * * *".',
    )
  const schedule = scheduleOf(pattern)
  return schedule.next(0) === null
    ? err('never comes about: there is no such day. Change the day or the month.')
    : ok(schedule)
}

/** Due whenever one of them is. */
export function earliestOf(schedules: readonly Schedule[]): Schedule {
  return {
    next: (after) => lowest(schedules.map(({ next }) => next(after))),
    latest: (until) => {
      const found = schedules.map(({ latest }) => latest(until)).filter((at) => at !== null)
      return found.length > 0 ? Math.max(...found) : null
    },
  }
}

function lowest(instants: readonly (number | null)[]): number | null {
  const found = instants.filter((at) => at !== null)
  return found.length > 0 ? Math.min(...found) : null
}

function patternOf(cron: string, timezone: string): Cron | null {
  // A date is over one day, and then never comes again.
  if (/^\s*\d{4}-/.test(cron)) return null
  try {
    return new Cron(cron, { timezone, paused: true, mode: '5-or-6-parts' })
  } catch {
    return null
  }
}

function scheduleOf(pattern: Cron): Schedule {
  const seconds = (date: Date | null | undefined) =>
    date ? Math.floor(date.getTime() / 1000) : null
  return {
    next: (after) => seconds(pattern.nextRun(new Date(after * 1000))),
    // What it is asked for lies strictly before.
    latest: (until) => seconds(pattern.previousRuns(1, new Date((until + 1) * 1000))[0]),
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format(0)
    return true
  } catch {
    return false
  }
}
