// `npm run pack`: both packages as who installs them gets them, into `packages/` or the folder that is named.
//
// Within this repository a package is read as it is written. What is packed is JavaScript and types, in a folder of its own with
// a package.json of its own, so that neither has to do for both.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const destination = resolve(process.argv[2] ?? fileURLToPath(new URL('packages', root)))

/** In the order in which they are built: a later one is checked against the types of those before it. */
const packages = [
  { workspace: 'shared', folder: 'shared/dist' },
  { workspace: 'bff', folder: 'bff/package', bin: { strongroom: './cli/bin.js' } },
]

mkdirSync(destination, { recursive: true })
for (const { workspace, folder, ...published } of packages) {
  rmSync(new URL(folder, root), { recursive: true, force: true })
  run('tsc', ['-p', `${workspace}/tsconfig.build.json`])
  copyFileSync(new URL('LICENSE', root), new URL(`${folder}/LICENSE`, root))
  copyFileSync(new URL(`${workspace}/README.md`, root), new URL(`${folder}/README.md`, root))
  writeFileSync(new URL(`${folder}/package.json`, root), manifestOf(workspace, published))
  run('npm', ['pack', `./${folder}`, '--pack-destination', destination, '--loglevel=error'])
}

/**
 * @param {string} workspace
 * @param {object} published  what is not the same for who installs it
 */
function manifestOf(workspace, published) {
  const source = JSON.parse(readFileSync(new URL(`${workspace}/package.json`, root), 'utf8'))
  const { private: _private, devDependencies: _dev, scripts: _scripts, ...kept } = source
  const entries = Object.entries(source.exports).map(([name, path]) => [name, built(path)])
  const exports = { ...Object.fromEntries(entries), './package.json': './package.json' }
  return `${JSON.stringify({ ...kept, ...published, exports }, null, 2)}\n`
}

/**
 * @param {string} path  such as `./src/react/index.ts`
 */
function built(path) {
  const name = path.replace('./src/', './').replace(/\.tsx?$/, '')
  return { types: `${name}.d.ts`, default: `${name}.js` }
}

/**
 * @param {string} tool  of `node_modules/.bin`, which `npm run` puts into the path
 * @param {string[]} args
 */
function run(tool, args) {
  execFileSync(tool, args, {
    cwd: fileURLToPath(root),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
}
