import { ok } from '@strongroom/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { patiently } from './patiently.ts'

const errors = vi.hoisted(() => ({ made: 0 }))

vi.mock(import('../base/plain-error.ts'), async (original) => {
  const { PlainError } = await original()
  class CountedError extends PlainError {
    constructor(...given: ConstructorParameters<typeof PlainError>) {
      super(...given)
      errors.made += 1
    }
  }
  return { PlainError: CountedError }
})

test('who is answered in time pays for no error, and who is not gets one', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())

  const answered = await patiently(Promise.resolve(ok('tokens')))
  const madeMeanwhile = errors.made
  const waiting = patiently(new Promise<never>(() => {}))
  await vi.advanceTimersByTimeAsync(8_000)

  expect(answered).toEqual(ok('tokens'))
  expect(madeMeanwhile).toBe(0)
  expect(await waiting).toMatchObject({
    ok: false,
    error: { kind: 'provider-unreachable', cause: { message: expect.stringContaining('8 s') } },
  })
  expect(errors.made).toBe(1)
})
