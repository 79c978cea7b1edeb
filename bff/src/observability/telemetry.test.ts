import { expect, onTestFinished, test, vi } from 'vitest'
import { publicUrl, testBff } from '../testing/test-bff.ts'
import { logTelemetry } from './telemetry.ts'

function writing(level: 'info' | 'debug') {
  const lines: string[] = []
  const telemetry = logTelemetry(level, { write: (line) => void lines.push(line) })
  return { lines, telemetry }
}

const refused = { name: 'seal-refused', purpose: 'session', reason: 'tampered' } as const

test('a flood of made-up cookies and answers writes a line of each kind, not of each request', async () => {
  const { lines, telemetry } = writing('info')
  const { bff } = await testBff({ telemetry })
  const cookies = ['Fe26.2*1*a*b*c**d*e~2', 'nonsense']
  const atTheStart = lines.length

  for (let n = 0; n < 100; n += 1) {
    const headers = { Cookie: `__Host-Http-strongroom=${cookies[n % 2]}${n}`, 'X-CSRF': '1' }
    await bff.app.request(`${publicUrl}/auth/session`, { headers })
    await bff.app.request(`${publicUrl}/?state=signed-out.${n}`)
  }

  const names = lines.slice(atTheStart).map((line) => (JSON.parse(line) as { name: string }).name)
  expect(names.length).toBeLessThanOrEqual(3)
  expect(new Set(names)).toEqual(new Set(['seal-refused', 'sign-out-answer-unknown']))
})

test('the next minute has a line of its own, and so has each reason', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { lines, telemetry } = writing('info')

  telemetry.record(refused)
  telemetry.record({ ...refused, reason: 'unknown-key' })
  telemetry.record({ ...refused, purpose: 'login' })
  const first = lines.length
  vi.advanceTimersByTime(59_000)
  telemetry.record(refused)
  const sameMinute = lines.length
  vi.advanceTimersByTime(1000)
  telemetry.record(refused)

  expect([first, sameMinute, lines.length]).toEqual([3, 3, 4])
})

test('who asks for every line gets them, with the guard off', () => {
  const { lines, telemetry } = writing('debug')

  for (let n = 0; n < 100; n += 1) telemetry.record(refused)

  expect(lines).toHaveLength(100)
})
