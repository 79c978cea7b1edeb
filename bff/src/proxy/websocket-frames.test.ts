import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { closeFrame, frameWatch } from './websocket-frames.ts'

/** A frame of so many bytes of payload, masked as a browser's or not. */
function frame(payloadBytes: number, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0
  const head =
    payloadBytes < 126
      ? Buffer.from([0x82, mask | payloadBytes])
      : payloadBytes < 65_536
        ? Buffer.from([0x82, mask | 126, payloadBytes >> 8, payloadBytes & 0xff])
        : Buffer.from([
            0x82,
            mask | 127,
            0,
            0,
            0,
            0,
            ...[24, 16, 8, 0].map((bits) => (payloadBytes >> bits) & 0xff),
          ])
  return Buffer.concat([head, Buffer.alloc((masked ? 4 : 0) + payloadBytes, 0xff)])
}

test('is at a boundary after each whole frame and nowhere else, however the bytes are cut', () => {
  const frames = fc.array(
    fc.tuple(fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536), fc.boolean()),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  fc.assert(
    fc.property(frames, fc.array(fc.nat(400)), (shapes, cuts) => {
      const all = shapes.map(([bytes, masked]) => frame(bytes, masked))
      const ends = new Set(all.map((_, index) => Buffer.concat(all.slice(0, index + 1)).length))
      const bytes = Buffer.concat(all)
      const watch = frameWatch()
      let at = 0
      for (const cut of [...cuts, bytes.length]) {
        watch.see(bytes.subarray(at, at + cut))
        at = Math.min(bytes.length, at + cut)
        expect(watch.atBoundary()).toBe(at === 0 || ends.has(at))
      }
    }),
    { seed: 1, numRuns: 200 },
  )
})

test('a close frame says code and reason', () => {
  expect([...closeFrame(4401, 'bye')]).toEqual([0x88, 5, 0x11, 0x31, ...Buffer.from('bye')])
})
