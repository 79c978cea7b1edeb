/**
 * Passes a body on as it comes, at the pace at which it is taken. When it breaks off, `breakOff` must see to it that
 * the browser notices: left to itself the server would add an error text and end the answer as if it were whole.
 */
export function relayBody(
  body: ReadableStream<Uint8Array> | null,
  breakOff: () => void,
): ReadableStream<Uint8Array> | null {
  if (body === null) return null
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch {
        breakOff()
        controller.close()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
}
