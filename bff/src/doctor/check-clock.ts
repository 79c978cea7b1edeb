import { toleranceSeconds } from '../base/tolerance-seconds.ts'
import { check, finding } from './check.ts'

/** Half of what is tolerated: it grows. */
const warnSeconds = Math.floor(toleranceSeconds / 2)

export const checkClock = check<'clock.skew'>({
  title: 'Clock',
  tells: {
    'clock.skew': `How far this machine’s clock is from the provider’s (its \`Date\` header): a warning from ${warnSeconds} seconds, a fault beyond the ${toleranceSeconds} that are tolerated in tokens.`,
  },
  async run(patient) {
    const { answer } = await patient.document()
    if (answer === null) return []
    const date = Date.parse(answer.headers.get('date') ?? '')
    if (Number.isNaN(date))
      return [finding('clock.skew', 'note', 'The provider’s answers bear no date to compare with.')]
    // The header leaves the fraction of its second out. What a cache kept is as old as it says.
    const age = Number(answer.headers.get('age') ?? 0) || 0
    const off = Math.round(answer.askedAt - (date / 1000 + 0.5 + age))
    const seconds = Math.abs(off)
    if (seconds < warnSeconds)
      return [finding('clock.skew', 'ok', 'This machine’s clock agrees with the provider’s.')]
    return [
      finding(
        'clock.skew',
        seconds > toleranceSeconds ? 'fault' : 'warning',
        `This machine’s clock is ${seconds} s ${off > 0 ? 'ahead of' : 'behind'} the provider’s; ${toleranceSeconds} s are tolerated in tokens.`,
        'Set the clock right and keep it so: timedatectl set-ntp true, or chrony. If it is right, the provider’s is wrong.',
      ),
    ]
  },
})
