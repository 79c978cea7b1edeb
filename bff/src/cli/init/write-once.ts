import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Written {
  readonly name: string
  readonly outcome: 'written' | 'extended' | 'kept'
}

/** Writes a file that is not there yet, and never over one that is. */
export function writeOnce(folder: string, name: string, text: string, mode = 0o644): Written {
  try {
    writeFileSync(join(folder, name), text, { flag: 'wx', mode })
    return { name, outcome: 'written' }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    return { name, outcome: 'kept' }
  }
}

/** Adds to `.gitignore` what it does not name yet. */
export function ignoreInGit(folder: string, names: readonly string[]): Written {
  const name = '.gitignore'
  const path = join(folder, name)
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = new Set(text.split('\n').map((line) => line.trim().replace(/^\/|\/$/g, '')))
  const missing = names.filter((each) => !lines.has(each.replace(/\/$/, '')))
  if (missing.length === 0) return { name, outcome: 'kept' }
  const gap = text === '' || text.endsWith('\n') ? '' : '\n'
  appendFileSync(path, `${gap}${missing.join('\n')}\n`)
  return { name, outcome: text === '' ? 'written' : 'extended' }
}
