/** Calls that wait for the user to sign in again. */
export interface WaitingCalls {
  /** @returns whether to send the call again; else its refusal is the answer. Rejects when the caller gives up. */
  wait(signal: AbortSignal | null | undefined): Promise<boolean>
  /** Lets them all go on: to be sent again, to be refused, or to fail. */
  release(how: boolean | Error): void
}

/** @param changed  told how many wait, whenever that changes */
export function waitingCalls(changed: (count: number) => void): WaitingCalls {
  const waiting = new Set<PromiseWithResolvers<boolean>>()

  return {
    async wait(signal) {
      signal?.throwIfAborted()
      const call = Promise.withResolvers<boolean>()
      const giveUp = () => call.reject(signal?.reason as Error)
      signal?.addEventListener('abort', giveUp)
      changed(waiting.add(call).size)
      try {
        return await call.promise
      } finally {
        signal?.removeEventListener('abort', giveUp)
        if (waiting.delete(call)) changed(waiting.size)
      }
    },
    release(how) {
      const released = [...waiting]
      waiting.clear()
      if (released.length > 0) changed(0)
      for (const call of released) {
        if (how instanceof Error) call.reject(how)
        else call.resolve(how)
      }
    },
  }
}
