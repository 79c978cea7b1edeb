import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { err, ok, type Result } from '@strongroom/client'
import { describeCause } from '../base/describe-cause.ts'
import type { Config } from './config.ts'
import type { Fault } from './resolve-options.ts'

const names = [
  'strongroom.config.ts',
  'strongroom.config.mts',
  'strongroom.config.js',
  'strongroom.config.mjs',
]

/**
 * Reads the configuration that lies in a folder, if there is one. Node takes the types out of it by itself, so it can be
 * TypeScript without being built.
 */
export async function configFromFile(folder: string): Promise<Result<Config, readonly Fault[]>> {
  const name = names.find((candidate) => existsSync(join(folder, candidate)))
  if (name === undefined) return ok({})
  const fault = (text: string) => err([{ option: name, text }])
  try {
    const module: { readonly default?: unknown } = await import(
      pathToFileURL(join(folder, name)).href
    )
    return isConfig(module.default)
      ? ok(module.default)
      : fault('exports no configuration. Write: export default defineConfig({ … })')
  } catch (error) {
    return fault(`can't be read (${describeCause(error)}). Mend it, or take it away.`)
  }
}

function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
