import { readFileSync, readdirSync } from 'node:fs'

/** What Linux tells of a process under `/proc`: with it are counted all that it started and that still run. */

/** `getconf CLK_TCK`, which is this on every Linux of our day. */
const ticksPerSecond = 100

/** Of user and system together. */
export function cpuSeconds(pid: number): number {
  return sum(family(pid), (one) => parseStat(read(one, 'stat')).ticks / ticksPerSecond)
}

export interface Memory {
  readonly bytes: number
  /** The most that it ever was. */
  readonly peakBytes: number
}

export function memoryOf(pid: number): Memory {
  const all = family(pid).map((one) => parseStatus(read(one, 'status')))
  return {
    bytes: sum(all, ({ bytes }) => bytes),
    peakBytes: sum(all, ({ peakBytes }) => peakBytes),
  }
}

/** @returns CPU time, and who started it */
export function parseStat(text: string): { readonly parent: number; readonly ticks: number } {
  // The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    parent: Number(fields[1] ?? 0),
    ticks: Number(fields[11] ?? 0) + Number(fields[12] ?? 0),
  }
}

export function parseStatus(text: string): Memory {
  const bytesOf = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
  return { bytes: bytesOf('VmRSS'), peakBytes: bytesOf('VmHWM') }
}

function family(pid: number): readonly number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parseStat(read(Number(name), 'stat')).parent]),
  )
  const members = [pid]
  for (const member of members) {
    for (const [child, parent] of parents) if (parent === member) members.push(child)
  }
  return members
}

/** Empty when it has ended meanwhile. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
