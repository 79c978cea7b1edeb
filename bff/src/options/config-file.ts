import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { err, ok, type Result } from '@strongroom/client'
import { describeCause } from '../base/describe-cause.ts'
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

/**
 * Reads the configuration that lies in a folder, if there is one. Node takes the types out of it by itself, so it can be
 * TypeScript without being built.
 */
export async function configFromFile(
  folder: string,
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
    const module: { readonly default?: unknown } = await import(
      pathToFileURL(join(folder, name)).href
    )
    return isRecord(module.default)
      ? ok({ name, config: module.default })
      : fault('exports no configuration. Write: export default defineConfig({ … })')
  } catch (error) {
    return fault(`can't be read (${describeCause(error)}). Mend it, or take it away.`)
  }
}
