import { createBff, type Bff } from '../create-bff.ts'
import { configFromFile } from '../options/config-file.ts'
import { addEnvironmentFile } from '../options/environment-file.ts'
import { faultReport } from '../options/fault-report.ts'
import { optionsFromEnv, type ServerOptions } from '../options/from-env.ts'
import { namedBySource } from '../options/given.ts'
import { InvalidOptions } from '../options/invalid-options.ts'

export interface Opened {
  readonly bff: Bff
  readonly options: ServerOptions
}

/**
 * Everything that the server has, from the same settings, without a listener and with nothing that starts by itself.
 *
 * @param demand  what else must hold, `demandProfile` for whoever asks the provider for tokens
 * @returns null when the settings are wrong, which it has told then
 */
export async function openBff(
  change: (options: ServerOptions['bff']) => ServerOptions['bff'],
  demand: (bff: Bff) => Promise<void> = async () => {},
): Promise<Opened | null> {
  const unreadable = addEnvironmentFile(process.env, process.cwd())
  if (unreadable.length > 0) {
    process.stderr.write(faultReport(unreadable))
    return null
  }
  const file = await configFromFile(process.cwd())
  // Nobody is served here, so no app has to be built for them.
  const env = { ...process.env, SPA_DIR: '' }
  const options = file.ok ? optionsFromEnv(env, file.value) : file
  if (!file.ok || !options.ok) {
    process.stderr.write(faultReport(options.ok ? [] : options.error))
    return null
  }
  const asked = change(options.value.bff)
  try {
    const bff = createBff({ ...asked, jobRunner: { ...asked.jobRunner, where: 'elsewhere' } })
    await demand(bff)
    return { bff, options: { ...options.value, bff: asked } }
  } catch (error) {
    if (!(error instanceof InvalidOptions)) throw error
    process.stderr.write(faultReport(namedBySource(error.faults, process.env, file.value)))
    return null
  }
}
