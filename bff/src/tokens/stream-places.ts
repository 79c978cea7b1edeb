/** Event streams cost a connection each for as long as a page is open: a session gets a few of them, a process many. */
export interface StreamPlaces {
  /** @returns gives the place back; or why there is none */
  take(sid: string): (() => void) | 'session-full' | 'process-full'
}

/** A browser needs one; one without Web Locks one for each tab. */
const mostOfSession = 12
const mostOfProcess = 10_000

export function streamPlaces(ofSession = mostOfSession, ofProcess = mostOfProcess): StreamPlaces {
  const taken = new Map<string, number>()
  let all = 0

  function add(sid: string, count: 1 | -1): void {
    all += count
    const left = (taken.get(sid) ?? 0) + count
    if (left === 0) taken.delete(sid)
    else taken.set(sid, left)
  }

  return {
    take(sid) {
      if ((taken.get(sid) ?? 0) >= ofSession) return 'session-full'
      if (all >= ofProcess) return 'process-full'
      add(sid, 1)
      let given = true
      return () => {
        if (given) add(sid, -1)
        given = false
      }
    },
  }
}
