/** What V8's profiler writes: a tree of functions, and which of them ran at each tick. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
}

/** What a share of the time went to. */
export interface Share {
  readonly step: string
  readonly part: number
}

const steps: readonly (readonly [step: string, name: RegExp, url: RegExp])[] = [
  ['the kernel: writing to the two sockets', /^(?:writev|write\w*String|writeBuffer)$/, /^$/],
  ['collecting garbage', /^\(garbage collector\)$/, /^$/],
  ['promises and regular expressions in V8', /^(?:runMicrotasks|RegExp: .*)$/, /^$/],
  ['the rest of V8, and reading from the sockets', /./, /^$/],
  ['undici: the call to the API', /./, /\/node_modules\/undici\/|^wasm:/],
  ['Hono and its server for Node', /./, /\/node_modules\/(?:hono|@hono)\//],
  ['`edge`: may it come in?', /./, /\/bff\/src\/(?:edge|server)[/.]/],
  ['`session`: who is it?', /./, /\/bff\/src\/session\//],
  ['`tokens`: a fresh token', /./, /\/bff\/src\/tokens\//],
  ['`proxy`: where to, with which headers', /./, /\/bff\/src\/proxy\//],
  ['`base`, `observability` and the rest of ours', /./, /\/(?:bff|shared)\/src\//],
  ['Node: HTTP, streams, events, timers', /./, /^node:/],
]

const elsewhere = 'elsewhere'

/**
 * Sorts the time that was spent by what it was spent on.
 *
 * @param seconds  of work, counted from the end: what came before was starting and warming up
 */
export function sharesOf(profile: CpuProfile, seconds: number): readonly Share[] {
  const stepOfNode = new Map(profile.nodes.map((node) => [node.id, stepOf(node)]))
  const spent = new Map<string, number>()
  let left = seconds * 1_000_000
  for (let at = profile.samples.length - 1; at >= 0 && left > 0; at -= 1) {
    const step = stepOfNode.get(profile.samples[at] ?? 0)
    if (step === undefined || step === null) continue
    const took = profile.timeDeltas[at] ?? 0
    spent.set(step, (spent.get(step) ?? 0) + took)
    left -= took
  }
  const all = [...spent.values()].reduce((sum, each) => sum + each, 0)
  return [...spent]
    .map(([step, took]) => ({ step, part: took / all }))
    .toSorted((a, b) => b.part - a.part)
}

/** @returns null for the time in which nothing was done */
function stepOf({ callFrame: { functionName, url } }: ProfileNode): string | null {
  if (functionName === '(idle)' || functionName === '(root)') return null
  const found = steps.find(
    ([, name, place]) => place.test(url) && (name.source === '.' || name.test(functionName)),
  )
  return found?.[0] ?? elsewhere
}
