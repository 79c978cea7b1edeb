import { routes } from '@strongroom/client'
import type { Answer } from './answer.ts'
import type { RacingBrowser, Recipient } from './racing-browser.ts'

export interface Load {
  /** So many calls were answered so far, however. */
  answered(): number
  /** Waits for the calls that are on their way. */
  stop(): Promise<readonly Answer[]>
}

/** Callers that each make one call after the other. */
export function startLoad(browser: RacingBrowser, to: Recipient, callers: number): Load {
  const answers: Answer[] = []
  const over = new AbortController()
  const caller = async () => {
    while (!over.signal.aborted) answers.push(await browser.send(to, `${routes.api}/ping`))
  }
  const all = Promise.all(Array.from({ length: callers }, caller))
  return {
    answered: () => answers.length,
    async stop() {
      over.abort()
      await all
      return answers
    },
  }
}
