import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from '../contenders/contender.ts'
import { strongroom } from '../contenders/node-contenders.ts'
import { launch, loadCore } from '../machine/launch.ts'

/**
 * Makes sessions as the server at this place would seal them.
 *
 * @param cookie  of one that signed in there
 * @returns a file with one `Cookie` header a line
 */
export async function manySessions(place: Place, cookie: string, count: number): Promise<string> {
  const file = join(place.folder, `sessions-${count}`)
  const program = fileURLToPath(new URL('../servers/make-sessions.ts', import.meta.url))
  const env = { ...strongroom.start(place).env, COOKIE: cookie, COUNT: String(count), FILE: file }
  const maker = launch({ command: process.execPath, args: [program], core: loadCore, env })
  const end = await maker.ended
  if (end !== 'exit code 0') throw new Error(`No sessions were made (${end}):\n${maker.output()}`)
  return file
}
