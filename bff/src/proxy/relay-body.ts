/**
 * Passes a body on as it comes, at the pace at which it is taken. When it breaks off, the browser must notice: Node's
 * server would add an error text and end the answer as if it were whole, so there the connection is cut.
 *
 * @param outgoing  the server's own answer, where there is one
 */
export function relayBody(
  body: ReadableStream<Uint8Array>,
  outgoing: { destroy(): unknown } | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (cause) {
        if (outgoing === undefined) throw cause
        outgoing.destroy()
        controller.close()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
