import { closeSync, openSync, writeSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { buildParts } from '../../../bff/src/parts.ts'
import { resolveOptions } from '../../../bff/src/options/resolve-options.ts'
import { optionsFromEnv } from '../../../bff/src/options/from-env.ts'

/**
 * Writes the `Cookie` headers of `COUNT` sessions into `FILE`, a line each: the one of `COOKIE` again and again, each time
 * by another name and sealed anew. A hundred thousand sign-ins would take a quarter of an hour.
 */
const { COOKIE = '', COUNT = '0', FILE = '' } = process.env

const parts = partsOfServer()
const found = await parts.sessions.load(jarOf(COOKIE).jar)
if (found.state !== 'live') throw new Error('The cookie holds no live session.')

const file = openSync(FILE, 'w')
for (let made = 0; made < Number(COUNT); made += 1) {
  const { header, jar } = jarOf('')
  await parts.sessions.begin(jar, { ...found.session, sid: randomBytes(16).toString('base64url') })
  writeSync(file, `${header()}\n`)
}
closeSync(file)
process.exit(0)

function partsOfServer() {
  const options = optionsFromEnv(process.env)
  if (!options.ok) throw new Error(JSON.stringify(options.error))
  const settings = resolveOptions({ ...options.value.bff, store: 'memory:' })
  if (!settings.ok) throw new Error(JSON.stringify(settings.error))
  return buildParts(settings.value)
}

function jarOf(header: string) {
  const cookies = new Map(
    header.split('; ').map((cookie) => {
      const [name = '', value = ''] = cookie.split('=')
      return [name, value]
    }),
  )
  const written = new Map<string, string>()
  return {
    header: () => [...written].map(([name, value]) => `${name}=${value}`).join('; '),
    jar: {
      read: (name: string) => cookies.get(name),
      names: () => [...cookies.keys()],
      isDoubled: () => false,
      write: (name: string, value: string) => void (value && written.set(name, value)),
    },
  }
}
