import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { err, ok, type Result } from '@strongroom/client'
import { describeCause } from '../base/describe-cause.ts'
import type { EnvironmentName } from './environment.ts'
import type { Fault } from './fault.ts'
import { isSet } from './given.ts'

const name = '.env'

/**
 * Adds to an environment what `.env` of a folder says, if there is one. What is set already stays as it is; empty is unset.
 *
 * @returns what is wrong with the file; nothing is added then
 */
export function addEnvironmentFile(env: NodeJS.ProcessEnv, folder: string): readonly Fault[] {
  const said = environmentFile(folder)
  if (!said.ok) return said.error
  for (const [variable, value] of Object.entries(said.value))
    if (!isSet(env, variable as EnvironmentName)) env[variable] = value
  return []
}

function environmentFile(folder: string): Result<NodeJS.Dict<string>, readonly Fault[]> {
  const path = join(folder, name)
  if (!existsSync(path)) return ok({})
  try {
    return ok(parseEnv(readFileSync(path, 'utf8')))
  } catch (error) {
    const text = `can't be read (${describeCause(error)}). Let this user read it, or take it away.`
    return err([{ option: name, text }])
  }
}
