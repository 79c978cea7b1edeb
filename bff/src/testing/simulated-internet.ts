/** Answers as one host of the simulated internet. */
export type Host = (request: Request) => Response | Promise<Response>

export interface SimulatedInternet {
  readonly fetch: typeof fetch
  /** Puts a host at an origin, or in the place of the one that was there. */
  host(origin: string, answer: Host): void
  /** Takes a host off the net: connections to it are refused. */
  unplug(origin: string): void
}

/** A network in memory: nothing in a test leaves it. */
export function simulatedInternet(): SimulatedInternet {
  const hosts = new Map<string, Host>()
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init)
      request.signal.throwIfAborted()
      const host = hosts.get(new URL(request.url).origin)
      if (!host) throw new TypeError('fetch failed', { cause: refused() })
      return host(request)
    },
    host: (origin, answer) => {
      hosts.set(origin, answer)
    },
    unplug: (origin) => {
      hosts.delete(origin)
    },
  }
}

function refused(): Error {
  return Object.assign(new Error('connect'), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
  })
}
