import { expect, test } from 'vitest'
import { sharesOf } from './profile.ts'

const frame = (id: number, functionName: string, url = '') => ({
  id,
  callFrame: { functionName, url },
})

test('sorts the time by what it was spent on, without what was idle or came before', () => {
  const profile = {
    nodes: [
      frame(1, '(idle)'),
      frame(2, 'writev'),
      frame(3, 'forward', 'file:///x/bff/src/proxy/forward.ts'),
      frame(4, '', 'file:///x/node_modules/undici/lib/dispatcher/client.js'),
      frame(5, 'compile', 'node:internal/modules'),
    ],
    samples: [5, 5, 2, 1, 3, 4, 2],
    timeDeltas: [1_000_000, 1_000_000, 500_000, 9_000_000, 250_000, 250_000, 1_000_000],
  }

  expect(sharesOf(profile, 2)).toEqual([
    { step: 'the kernel: writing to the two sockets', part: 0.75 },
    { step: 'undici: the call to the API', part: 0.125 },
    { step: '`proxy`: where to, with which headers', part: 0.125 },
  ])
})
