import { fileURLToPath } from 'node:url'
import { cpuSeconds } from '../machine/proc.ts'
import { launch, loadCore } from '../machine/launch.ts'
import { findProgram } from '../machine/programs.ts'
import { parseReport, type Report } from './report.ts'

export interface Load {
  readonly port: number
  /** @default '/api/notes' */
  readonly path?: string
  readonly headers: Readonly<Record<string, string>>
  readonly seconds: number
  /** @default 32 */
  readonly connections?: number
  /** Cookies of many sessions, one a line, in place of the one in `headers`. */
  readonly sessions?: ManySessions
}

export interface ManySessions {
  readonly file: string
  /** In order, they come again when all have come; once, the load ends then. */
  readonly order: 'once' | 'in-order' | 'at-random'
  /** Where to begin in the file. @default 0 */
  readonly first?: number
}

/** What became of the load, and what it cost the server. */
export interface Figures extends Report {
  readonly callsPerSecond: number
  readonly cpuMicroseconds: number
}

/** Loads the server, and reads before and after how much CPU time it has used. */
export async function measureLoad(pid: number, load: Load): Promise<Figures> {
  const before = cpuSeconds(pid)
  const report = await runWrk(load)
  const used = cpuSeconds(pid) - before
  return {
    ...report,
    callsPerSecond: report.calls / report.seconds,
    cpuMicroseconds: (used * 1_000_000) / report.calls,
  }
}

export async function runWrk(load: Load): Promise<Report> {
  const { connections = 32, headers, path = '/api/notes', port, seconds, sessions } = load
  const script = fileURLToPath(
    new URL(sessions ? 'many-sessions.lua' : 'report.lua', import.meta.url),
  )
  const wrk = launch({
    command: process.env['STRONGROOM_WRK'] ?? findProgram('wrk') ?? 'wrk',
    args: [
      `--threads=1`,
      `--connections=${connections}`,
      `--duration=${seconds}s`,
      `--timeout=10s`,
      `--script=${script}`,
      ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      `http://127.0.0.1:${port}${path}`,
      ...(sessions ? ['--', sessions.file, sessions.order, String(sessions.first ?? 0)] : []),
    ],
    core: loadCore,
  })
  const said = await wrk.stdout
  const report = parseReport(said)
  if (!report) throw new Error(`wrk gave no report. It wrote:\n${wrk.output()}`)
  return report
}
