import { expect, test } from 'vitest'
import { clockDuration, spokenDuration } from './duration.ts'

test.each([
  [-5, '0:00', '0 seconds'],
  [9, '0:09', '9 seconds'],
  [61.9, '1:01', '1 minute 1 second'],
  [103, '1:43', '1 minute 43 seconds'],
  [3_600, '1:00:00', '1 hour'],
  [27_792, '7:43:12', '7 hours 43 minutes'],
])('%d seconds are %s, said as %s', (seconds, clock, spoken) => {
  expect(clockDuration(seconds)).toBe(clock)
  expect(spokenDuration(seconds)).toBe(spoken)
})
