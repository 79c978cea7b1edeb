import type { WriteStream } from 'node:tty'

export interface ProgressBar {
  step(failed: boolean): void
  /** Writes something else without the bar in its way. */
  aside(write: () => void): void
  end(): void
}

type Output = Pick<WriteStream, 'isTTY' | 'write'> & { readonly columns?: number }

const redrawEveryMilliseconds = 100
const blank = '\r\u001B[2K'

/**
 * How far it is: on a terminal a bar that is drawn over itself, elsewhere a line at every tenth.
 *
 * @param silent  shows nothing
 */
export function progressBar(
  output: Output,
  total: number,
  silent = false,
  milliseconds: () => number = () => performance.now(),
): ProgressBar {
  const startedAt = milliseconds()
  let done = 0
  let failed = 0
  let drawnAt = -Infinity

  const facts = () => {
    const seconds = (milliseconds() - startedAt) / 1000
    const rate = seconds > 0 ? Math.round(done / seconds) : 0
    return `${done} of ${total}${failed > 0 ? `, ${failed} not done` : ''}, ${rate} a second`
  }

  function draw(): void {
    drawnAt = milliseconds()
    const text = facts()
    const width = Math.max(10, Math.min(40, (output.columns ?? 80) - text.length - 4))
    const filled = total === 0 ? width : Math.round((width * done) / total)
    output.write(`${blank}${'█'.repeat(filled)}${'░'.repeat(width - filled)}  ${text}`)
  }

  function tellTenth(): void {
    const tenth = Math.max(1, Math.floor(total / 10))
    if (done % tenth === 0 || done === total) output.write(`${facts()}\n`)
  }

  return {
    step(hasFailed) {
      done += 1
      if (hasFailed) failed += 1
      if (silent) return
      if (!output.isTTY) tellTenth()
      else if (milliseconds() - drawnAt >= redrawEveryMilliseconds || done === total) draw()
    },
    aside(write) {
      if (!silent && output.isTTY) output.write(blank)
      write()
      if (!silent && output.isTTY) draw()
    },
    end() {
      if (!silent && output.isTTY) output.write(blank)
    },
  }
}
