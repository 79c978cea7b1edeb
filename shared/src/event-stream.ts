/** One event of a stream, as `GET /auth/events` sends them. */
export interface StreamEvent {
  readonly name: string
  readonly json: unknown
}

/**
 * Reads server-sent events until the stream ends. By `fetch`, since an EventSource takes no header and tells neither why it
 * was refused nor for how long.
 *
 * @param heard  called for whatever arrives, heart-beats too
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation HTML, event streams}
 */
export async function readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  heard: () => void,
  take: (event: StreamEvent) => void,
): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    heard()
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = readBlock(block)
      if (event) take(event)
    }
  }
}

function readBlock(block: string): StreamEvent | null {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const name = field('event')
  try {
    return name === undefined ? null : { name, json: JSON.parse(field('data') ?? 'null') }
  } catch {
    return null
  }
}
