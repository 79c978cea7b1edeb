import { err, ok, type Result } from '@strongroom/client'
import { configFromFile } from '../options/config-file.ts'
import { addEnvironmentFile } from '../options/environment-file.ts'
import { optionsFromEnv } from '../options/from-env.ts'
import type { Fault } from '../options/fault.ts'
import { finding, type Finding } from './check.ts'
import { patientOf, type Patient } from './patient.ts'

export const settingsTitle = 'Settings'

export const settingsTells = {
  settings:
    'Whether every setting is well, in the environment, in `.env` and in `strongroom.config.ts`. Each fault is told; while there is one, nothing else is looked at.',
} as const

/** The same settings as the server’s, to whose environment is added what `.env` says. Fails with every fault that they have. */
export async function readSettings(
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<Result<Patient, readonly Finding[]>> {
  const unreadable = addEnvironmentFile(env, folder)
  if (unreadable.length > 0) return err(unreadable.map(told(env)))
  const file = await configFromFile(folder)
  const options = file.ok ? optionsFromEnv(env, file.value) : file
  return options.ok ? ok(patientOf(options.value, env)) : err(options.error.map(told(env)))
}

function told(env: NodeJS.ProcessEnv) {
  return ({ option, text }: Fault): Finding => {
    // What is wrong and the cure are one text there; the cure is all but its first sentence.
    const [, wrong = text, cure] = /^(.*?[.]) (.*)$/s.exec(text) ?? []
    return finding('settings', 'fault', `${option} ${wrong}`, cure ?? quotes(env[option]))
  }
}

/** The likeliest cause of what looks right to whoever wrote it. */
function quotes(value: string | undefined): string | undefined {
  return /^(["']).*\1$/.test(value?.trim() ?? '') ? 'Take the quotes around it away.' : undefined
}
