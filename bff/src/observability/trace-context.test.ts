import { expect, test } from 'vitest'
import { newTrace, parseTraceparent, traceparentOf } from './trace-context.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'

test('a traceparent is read as it stands', () => {
  expect(parseTraceparent(`00-${traceId}-${parentId}-01`, 'vendor=1')).toEqual({
    traceId,
    parentId,
    sampled: true,
    state: 'vendor=1',
  })
  expect(parseTraceparent(`00-${traceId}-${parentId}-00`, undefined)?.sampled).toBe(false)
})

test('one of a later version is read as far as it is known', () => {
  expect(parseTraceparent(`cc-${traceId}-${parentId}-01-more`, undefined)).toMatchObject({
    traceId,
  })
})

test.for([
  ['none', undefined],
  ['nothing', ''],
  ['one of no version', `ff-${traceId}-${parentId}-01`],
  ['one with more behind it', `00-${traceId}-${parentId}-01-more`],
  ['one in capitals', `00-${traceId.toUpperCase()}-${parentId}-01`],
  ['zeros for a trace', `00-${'0'.repeat(32)}-${parentId}-01`],
  ['zeros for a parent', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['one that is short', `00-${traceId.slice(1)}-${parentId}-01`],
  ['two at once', `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`],
] as const)('%s is no trace', ([, traceparent]) => {
  expect(parseTraceparent(traceparent, 'vendor=1')).toBeNull()
})

test.for(['x'.repeat(513), 'a=\u00e9', 'a=1\n', Array(33).fill('a=1').join(',')])(
  'a tracestate that is too much, or could break a header, is left out',
  (tracestate) => {
    expect(parseTraceparent(`00-${traceId}-${parentId}-01`, tracestate)?.state).toBeUndefined()
  },
)

test('a new trace has the digits of the request’s own name, and random ones where that is none', () => {
  const id = 'e2c1f7a0-1b2c-4d3e-8f90-123456789abc'

  expect(newTrace(id).traceId).toBe('e2c1f7a01b2c4d3e8f90123456789abc')
  expect(newTrace('named-by-a-proxy').traceId).toMatch(/^[\da-f]{32}$/)
  expect(newTrace('named-by-a-proxy').traceId).not.toBe(newTrace('named-by-a-proxy').traceId)
})

test('each call that goes out names a span of its own', () => {
  const trace = newTrace('x')
  const many = new Set(Array.from({ length: 2000 }, () => traceparentOf(trace)))

  expect(many.size).toBe(2000)
  for (const one of many) expect(parseTraceparent(one, undefined)?.traceId).toBe(trace.traceId)
})
