// `npm run pack`: both packages as who installs them gets them, into `packages/` or the folder that is named.
//
// Within this repository a package is read as it is written. What is packed is JavaScript and types, in a folder of its own with
// a package.json of its own, so that neither has to do for both.

import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const destination = resolve(process.argv[2] ?? join(root, 'packages'))

mkdirSync(destination, { recursive: true })
mkdirSync(join(root, 'packages'), { recursive: true })
// Within the repository, where what the types refer to is found; and nobody else's, so that two may pack at once.
const stage = mkdtempSync(join(root, 'packages', '.stage-'))
try {
  pack('shared')
  // Against the types that were just written: the sources of another package are not to be built into it.
  const client = join(stage, 'shared')
  copyDocs(join(stage, 'bff', 'docs'))
  buildDemoProvider(join(stage, 'bff', 'demo-provider'))
  pack('bff', {
    bin: { strongroom: './cli/bin.js' },
    paths: {
      '@strongroom/client': [`${client}/index.d.ts`],
      '@strongroom/client/*': [`${client}/*.d.ts`],
    },
  })
} finally {
  rmSync(stage, { recursive: true, force: true })
}

/**
 * @param {string} workspace
 * @param {{ bin?: Record<string, string>, paths?: Record<string, string[]> }} [published]  what is not the same for who installs it
 */
function pack(workspace, { paths = {}, ...published } = {}) {
  const folder = join(stage, workspace)
  const config = join(stage, `${workspace}.json`)
  const compilerOptions = { outDir: folder, paths }
  writeFileSync(
    config,
    JSON.stringify({ extends: `../../${workspace}/tsconfig.build.json`, compilerOptions }),
  )
  run('tsc', ['-p', config])
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(root, workspace, 'README.md'), join(folder, 'README.md'))
  writeFileSync(join(folder, 'package.json'), manifestOf(workspace, published))
  run('npm', ['pack', folder, '--pack-destination', destination, '--loglevel=error'])
}

/**
 * The demo's, for `strongroom dev` alone to load. What it is made with is installed by who uses it.
 *
 * @param {string} folder
 */
function buildDemoProvider(folder) {
  run('tsc', ['-p', 'e2e/tsconfig.demo-provider.json', '--outDir', folder])
}

/**
 * The pages for who uses it, which a message may name. What lies in folders of its own stays.
 *
 * @param {string} folder
 */
function copyDocs(folder) {
  const docs = join(root, 'docs')
  cpSync(docs, folder, { recursive: true, filter: (path) => path === docs || path.endsWith('.md') })
}

/**
 * @param {string} workspace
 * @param {object} published
 */
function manifestOf(workspace, published) {
  const source = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'))
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
  execFileSync(tool, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
}
