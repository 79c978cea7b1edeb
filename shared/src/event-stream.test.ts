import { expect, test } from 'vitest'
import { readEvents, type StreamEvent } from './event-stream.ts'

async function eventsOf(...pieces: readonly string[]): Promise<StreamEvent[]> {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece))
      controller.close()
    },
  })
  const events: StreamEvent[] = []
  await readEvents(
    body,
    () => {},
    (event) => events.push(event),
  )
  return events
}

test('reads events however they are cut on the way', async () => {
  const text = 'retry: 2000\n\n:\n\nevent: session-ended\ndata: {"reason":"idle"}\n\n'

  const whole = await eventsOf(text)
  const inPieces = await eventsOf(...text.split(''))

  expect(whole).toEqual([{ name: 'session-ended', json: { reason: 'idle' } }])
  expect(inPieces).toEqual(whole)
})

test('an event that has not ended, or makes no sense, is none', async () => {
  expect(await eventsOf('event: a\ndata: {"half\n\nevent: b\ndata: 1')).toEqual([])
})
