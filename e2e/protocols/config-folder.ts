import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder with a `strongroom.config.ts` that says this. Left to the system to sweep. */
export function configFolder(config: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-settings-'))
  writeFileSync(join(folder, 'strongroom.config.ts'), `export default ${config}\n`)
  return folder
}
