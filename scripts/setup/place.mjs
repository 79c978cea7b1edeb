import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

const binaries = join(root, 'node_modules', '.bin')

/** Where set-up leaves its notes. It goes when node_modules goes. */
export const cache = join(root, 'node_modules', '.cache', 'strongroom')

/** The environment in which `node` is the pinned one and the tools are found. */
export function withPinnedNode() {
  return withPath([binaries, ...foreignPath()])
}

/** The environment in which `node` is the one that the machine brought: npm can't replace a node that runs it. */
export function withMachinesNode() {
  return withPath(foreignPath())
}

/** Folders of the search path, without the `node_modules/.bin` that `npm run` puts in front. */
export function foreignPath() {
  const folders = (process.env[pathName] ?? '').split(delimiter)
  return folders.filter((folder) => folder && !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(folder))
}

/** Windows spells it `Path`, and a second spelling beside it would be read in place of the first. */
const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'

/** @param {string[]} folders */
function withPath(folders) {
  return { ...process.env, [pathName]: folders.join(delimiter) }
}
