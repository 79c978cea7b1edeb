import type { IncomingMessage, ServerResponse } from 'node:http'

/** How much of an answer waits here for a slow browser before the upstream has to wait too. */
const waitingBytes = 65_536

/**
 * The body of an upstream's answer as a web stream, at the pace at which it is taken. Made by hand: `Readable.toWeb`
 * throws past everyone when a stream is destroyed in the middle.
 *
 * When it breaks off, the connection to the browser is cut: left to itself the server would add an error text and end
 * the answer as if it were whole.
 */
export function answerBody(
  answer: IncomingMessage,
  outgoing: ServerResponse,
): ReadableStream<Uint8Array> {
  let over = false
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (): void => {
          if (!over) controller.close()
          over = true
        }
        answer.on('data', (chunk: Buffer) => {
          if (over) return
          controller.enqueue(chunk)
          if ((controller.desiredSize ?? 0) <= 0) answer.pause()
        })
        answer.once('end', end)
        answer.once('close', () => {
          if (!over) outgoing.destroy()
          end()
        })
        answer.pause()
      },
      pull: () => void answer.resume(),
      cancel() {
        over = true
        answer.destroy()
      },
    },
    { highWaterMark: waitingBytes, size: ({ byteLength }) => byteLength },
  )
}
