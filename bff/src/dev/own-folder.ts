import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where development keeps what is of this machine alone: `.strongroom`, which tells git by itself to leave it out. */
export function ownFolder(project: string): string {
  const folder = join(project, '.strongroom')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const ignore = join(folder, '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
  return folder
}
