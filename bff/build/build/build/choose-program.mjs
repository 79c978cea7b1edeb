import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { noteName, sourcesFingerprint } from './sources.mjs'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The build where it was made of the very sources that are there, else the sources: an old build never runs unseen.
 *
 * @param {{ built: string, source: string }} program  in `dist` and in `src`
 * @returns {{ path: string, notice: string | null }}
 */
export function chooseProgram(
  root = repository,
  program = { built: 'main.js', source: 'main.ts' },
) {
  const built = join(root, 'bff', 'dist', program.built)
  const source = join(root, 'bff', 'src', program.source)
  const fingerprint = sourcesFingerprint(root)
  if (!existsSync(built))
    return {
      path: source,
      notice: 'There is no build, so this runs from source and starts slower.',
    }
  if (fingerprint === null || fingerprint === noted(root)) return { path: built, notice: null }
  return {
    path: source,
    notice: 'The build is of other sources than these, so this runs from source and starts slower.',
  }
}

/** @param {string} root */
function noted(root) {
  const note = join(root, 'bff', 'dist', noteName)
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : ''
}
