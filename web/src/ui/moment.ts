/** `14:03:20`, of seconds since the epoch, in the reader's time zone. */
export function timeOfDay(seconds: number): string {
  return timeFormat.format(seconds * 1_000)
}

/** `20 Nov 2025, 14:03`, of seconds since the epoch, in the reader's time zone. */
export function dayAndTime(seconds: number): string {
  return dayFormat.format(seconds * 1_000)
}

const timeFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
