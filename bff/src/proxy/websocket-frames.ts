/** No I/O. */

/** Follows frames as they go by, without holding any, to tell where one ends (RFC 6455 §5.2). */
export interface FrameWatch {
  /** Hears the next bytes. */
  see(chunk: Buffer): void
  /** Whether all that was seen are whole frames: only here may another be put in. */
  atBoundary(): boolean
}

const longestHeadBytes = 14

export function frameWatch(): FrameWatch {
  /** The head of the frame under way, as far as it has come. */
  const head = Buffer.alloc(longestHeadBytes)
  let headBytes = 0
  /** What of the payload is still to come. Larger than a number holds exactly is larger than anybody sends. */
  let payloadLeft = 0

  return {
    see(chunk) {
      let at = 0
      while (at < chunk.length) {
        if (payloadLeft > 0) {
          const taken = Math.min(payloadLeft, chunk.length - at)
          payloadLeft -= taken
          at += taken
          continue
        }
        head[headBytes++] = chunk[at++] ?? 0
        if (headBytes < 2 || headBytes < headLength(head)) continue
        payloadLeft = payloadLength(head)
        headBytes = 0
      }
    },
    atBoundary: () => headBytes === 0 && payloadLeft === 0,
  }
}

function headLength(head: Buffer): number {
  const second = head[1] ?? 0
  const short = second & 0x7f
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0
  const mask = second & 0x80 ? 4 : 0
  return 2 + extended + mask
}

function payloadLength(head: Buffer): number {
  const short = (head[1] ?? 0) & 0x7f
  if (short < 126) return short
  return short === 126 ? head.readUInt16BE(2) : Number(head.readBigUInt64BE(2))
}

/**
 * A close frame from a server (RFC 6455 §5.5.1).
 *
 * @param code  4000 to 4999 are free for applications (§7.4.2)
 */
export function closeFrame(code: number, reason: string): Buffer {
  const text = Buffer.from(reason)
  const frame = Buffer.alloc(4 + text.length)
  frame[0] = 0x88
  frame[1] = 2 + text.length
  frame.writeUInt16BE(code, 2)
  text.copy(frame, 4)
  return frame
}
