import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { hold } from './hold.ts'

test('says which value it does not hold for, made small, and how to see it again', async () => {
  const failure = await hold(fc.string(), (text) => {
    if (text.includes('a')) throw new Error('an a')
  }).catch((error: unknown) => error)

  expect(failure).toMatchObject({ cause: new Error('an a') })
  expect(String(failure)).toContain('It does not hold for ["a"]')
  expect(String(failure)).toMatch(
    /npm run fuzz -- --seed \d+ --path [\d:]+ --only "says which value/,
  )
})

test('an answer that does not come is a failure', async () => {
  vi.useFakeTimers()
  const judged = hold(fc.constant(0), () => new Promise<void>(() => {}), { runs: 1 }).catch(
    (error: unknown) => error,
  )

  await vi.advanceTimersByTimeAsync(60_000)
  vi.useRealTimers()

  expect(await judged).toMatchObject({ cause: new Error('It waited for too long.') })
})

test('an answer that takes a second of computing is a failure', async () => {
  const usage = vi.spyOn(process, 'threadCpuUsage')
  usage.mockReturnValue({ user: 900_000, system: 200_000 })

  await expect(hold(fc.constant(0), () => {})).rejects.toMatchObject({
    cause: new Error('It computed for too long.'),
  })
})
