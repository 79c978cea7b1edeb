import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where daemons lie that are not on the search path of people. */
const moreFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** @returns the path of the first of these programs that is installed */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...moreFolders].filter(Boolean)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(mayRun)
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
