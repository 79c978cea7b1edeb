import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { err, ok, type Result } from '@strongroom/client'
import { describeCause } from '../base/describe-cause.ts'
import { within } from '../base/within.ts'
import type { Config } from './config.ts'
import type { Fault } from './fault.ts'
import { isRecord } from './shapes.ts'

/** What a file says, and the name by which its faults are told. */
export interface ConfigFile {
  readonly name: string
  readonly config: Config
}

/** What there is without a file. */
export const noConfigFile: ConfigFile = { name: 'strongroom.config.ts', config: {} }

/** Where a folder may have its configuration; one of them. */
export const configFileNames = [
  'strongroom.config.ts',
  'strongroom.config.mts',
  'strongroom.config.js',
  'strongroom.config.mjs',
]

/** What is awaited in it may never come, and nobody would know what for. */
const patienceSeconds = 10

/**
 * Reads the configuration that lies in a folder, if there is one. Node takes the types out of it by itself, so it can be
 * TypeScript without being built.
 */
export async function configFromFile(
  folder: string,
  patience = patienceSeconds,
): Promise<Result<ConfigFile, readonly Fault[]>> {
  const [name, ...others] = configFileNames.filter((candidate) =>
    existsSync(join(folder, candidate)),
  )
  if (name === undefined) return ok(noConfigFile)
  const fault = (text: string) => err([{ option: name, text }])
  if (others.length > 0) {
    return fault(
      `is there beside ${others.join(' and ')}, and only one can count. Take the rest away.`,
    )
  }
  try {
    const module = await within<Module, null>(
      patience,
      import(pathToFileURL(join(folder, name)).href),
      null,
    )
    if (module === null)
      return fault(`is not read after ${patience} s. See what it awaits at its top level.`)
    if (module.default instanceof Promise)
      return fault('exports a promise. Write: export default await …')
    return isRecord(module.default)
      ? ok({ name, config: module.default })
      : fault('exports no configuration. Write: export default defineConfig({ … })')
  } catch (error) {
    const cure = cureOf(error) ?? 'Mend it, or take it away.'
    return fault(`can't be read (${describeCause(error)}${placeOf(error, name)}). ${cure}`)
  }
}

interface Module {
  readonly default?: unknown
}

/** The line alone: what stands in it may be a secret. */
function placeOf(error: unknown, name: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const line = new RegExp(`[/\\\\]${name.replaceAll('.', '\\.')}:(\\d+)`).exec(stack)?.[1]
  return line === undefined ? '' : ` in line ${line}`
}

function cureOf(error: unknown): string | null {
  if (!(error instanceof Error && 'code' in error)) return null
  if (error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'Node takes types away and translates nothing: no enum, no namespace, no parameter properties.'
  const missing = /^Cannot find package '([\w@./-]{1,100})'/.exec(error.message)?.[1]
  if (error.code !== 'ERR_MODULE_NOT_FOUND') return null
  return missing === undefined
    ? 'A file that it imports is not there: relative ones need their ending, such as ./jobs.ts.'
    : `Install what it imports: npm install ${missing}`
}
