export interface SingleFlight<T> {
  /** Runs work, but never twice at once under one key: who comes later gets the same promise. */
  run(key: string, work: () => Promise<T>): Promise<T>
  /** Waits until nothing is under way. */
  settled(): Promise<void>
}

export function singleFlight<T>(): SingleFlight<T> {
  const inFlight = new Map<string, Promise<T>>()
  return {
    run(key, work) {
      const running = inFlight.get(key)
      if (running) return running
      const started = work().finally(() => inFlight.delete(key))
      inFlight.set(key, started)
      return started
    },
    async settled() {
      while (inFlight.size > 0) await Promise.allSettled(inFlight.values())
    },
  }
}
