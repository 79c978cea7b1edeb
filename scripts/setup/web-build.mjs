import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from './fault.mjs'
import { root, withPinnedNode } from './place.mjs'
import { progress } from './progress.mjs'
import { run } from './run.mjs'

/** Builds the single-page app, unless the last build is newer than all it is made of. */
export async function prepareWeb() {
  const page = join(root, 'web', 'dist', 'index.html')
  if (existsSync(page) && statSync(page).mtimeMs > newestSource()) return
  await progress('Building the web app', build)
}

async function build() {
  const { ok, output } = await run('npm', ['run', 'build'], { env: withPinnedNode() })
  if (!ok)
    throw new Fault('The web app could not be built.', {
      output,
      cure: '`npm run build` shows all of it.',
    })
}

function newestSource() {
  const sources = [
    'web',
    'shared/src',
    'shared/package.json',
    'package-lock.json',
    'tsconfig.base.json',
  ]
  return Math.max(...sources.map((path) => newest(join(root, path))))
}

/**
 * Folders count too, since a file that was deleted shows only there.
 *
 * @param {string} path
 * @returns {number}
 */
function newest(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  const inside = readdirSync(path).filter((name) => !['dist', 'node_modules'].includes(name))
  // The build itself changes the folder that it makes dist in.
  const own = path === join(root, 'web') ? 0 : found.mtimeMs
  return Math.max(own, ...inside.map((name) => newest(join(path, name))))
}
