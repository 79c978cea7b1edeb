import { expect, test } from 'vitest'
import { workerCount } from './worker-count.ts'

const file = 'sqlite:store.db'

test.for([
  [[], 1],
  [['--workers', '4'], 4],
  [['--workers=4'], 4],
  [['--workers', 'auto'], 8],
  [['--workers', '2', '--workers', '3'], 3],
] as const)('the command line %j means %i workers', ([args, count]) => {
  expect(workerCount(args, file, 8)).toEqual({ ok: true, value: count })
})

test.for([['0'], ['-1'], ['257'], ['1.5'], ['1e2'], ['many'], ['']] as const)(
  '“--workers=%s” is refused with what to write instead',
  ([value]) => {
    expect(workerCount([`--workers=${value}`], file, 8)).toMatchObject({
      ok: false,
      error: { option: '--workers', text: expect.stringContaining('a whole number from 1 to 256') },
    })
  },
)

test.for([[['--workers']], [['--worker', '2']], [['4']], [['--workers', '2', 'now']]] as const)(
  'the command line %j is refused',
  ([args]) => {
    expect(workerCount(args, file, 8)).toMatchObject({ ok: false, error: { option: '--workers' } })
  },
)

test('workers that would each remember for themselves are refused, with the cure', () => {
  const refused = workerCount(['--workers', '2'], 'memory:', 8)

  expect(refused).toMatchObject({
    ok: false,
    error: { text: expect.stringContaining('sqlite:<file> or redis://') },
  })
  expect(workerCount(['--workers', '1'], 'memory:', 8)).toEqual({ ok: true, value: 1 })
  expect(workerCount(['--workers', '2'], 'redis://127.0.0.1', 8)).toEqual({ ok: true, value: 2 })
})
