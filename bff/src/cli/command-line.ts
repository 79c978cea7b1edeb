import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearestName } from '../options/nearest-name.ts'

/** What a command line says, or in a sentence what is wrong with it. */
export function commandLine<const T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> | string {
  try {
    return parseArgs(config)
  } catch (error) {
    if (!(error instanceof Error)) return String(error)
    // Its words are about the command line alone, and end in a hint for those who write programs.
    const [told = ''] = error.message.split('. ')
    const meant = nearestOption(told, Object.keys(config.options ?? {}))
    return meant === null ? told : `${told}. Did you mean --${meant}?`
  }
}

function nearestOption(told: string, known: readonly string[]): string | null {
  const unknown = /^Unknown option '--([\w-]+)'/.exec(told)?.[1]
  return unknown === undefined ? null : nearestName(unknown, known)
}
