import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** Nobody but its owner may read it. */
const secret = { flag: 'wx', mode: 0o600 } as const

/**
 * Writes files that are secret and not there yet: all, or none. What is there already may be in use, and is never written over.
 *
 * @returns what is wrong, in a sentence and with the cure; null when they are written
 */
export function writeSecretFiles(files: Readonly<Record<string, string>>): string | null {
  const written: string[] = []
  for (const [file, text] of Object.entries(files)) {
    try {
      writeFileSync(file, text, secret)
      written.push(file)
    } catch (error) {
      for (const one of written) rmSync(one)
      return `${file} ${whyNot(error)}. Name another file.`
    }
  }
  return null
}

/** Puts a text in the place of a file, at once: whoever reads meanwhile finds the one or the other. @returns as above */
export function replaceSecretFile(file: string, text: string): string | null {
  const beside = `${file}.new`
  const trouble = writeSecretFiles({ [beside]: text })
  if (trouble !== null) return trouble
  try {
    renameSync(beside, file)
    return null
  } catch (error) {
    rmSync(beside, { force: true })
    return `${file} ${whyNot(error)}. Name another file.`
  }
}

function whyNot(error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  return code === 'EEXIST'
    ? 'is there already, and is never written over'
    : `can’t be written (${code})`
}
