import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** One classic script of this code and all that it imports, as an app's bundler would make it. */
export async function bundle(code: string): Promise<string> {
  const folder = await mkdtemp(fileURLToPath(new URL('../.bundle-', import.meta.url)))
  const entry = join(folder, 'entry.js')
  try {
    await writeFile(entry, code)
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: 'silent',
      build: { write: false, lib: { entry, formats: ['iife'], name: 'bundled' } },
    })
    const [first] = Array.isArray(built) ? built : []
    if (!first) throw new Error('One build was expected.')
    return first.output[0].code
  } finally {
    await rm(folder, { recursive: true })
  }
}
