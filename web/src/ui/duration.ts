/** Seconds as a clock shows them: `1:43`, `7:43:12`. Never below zero. No I/O. */
export function clockDuration(seconds: number): string {
  const { hours, minutes, rest } = parts(seconds)
  const tail = String(rest).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

/** Seconds as one says them: `1 minute 43 seconds`. From an hour on without seconds. */
export function spokenDuration(seconds: number): string {
  const { hours, minutes, rest } = parts(seconds)
  const said = [
    counted(hours, 'hour'),
    counted(minutes, 'minute'),
    hours > 0 ? '' : counted(rest, 'second'),
  ].filter(Boolean)
  return said.join(' ') || '0 seconds'
}

function parts(seconds: number) {
  const whole = Math.max(0, Math.floor(seconds))
  return {
    hours: Math.floor(whole / 3_600),
    minutes: Math.floor(whole / 60) % 60,
    rest: whole % 60,
  }
}

function counted(amount: number, unit: string): string {
  return amount === 0 ? '' : `${amount} ${unit}${amount === 1 ? '' : 's'}`
}
