import { readFileSync, writeFileSync } from 'node:fs'

// Within this repository the client is read as it is written; who installs it gets JavaScript and types. So what is packed is
// `shared/dist`, with a package.json of its own: `npm pack ./shared/dist`.
const shared = new URL('../shared/', import.meta.url)
const source = JSON.parse(readFileSync(new URL('package.json', shared), 'utf8'))
const { private: _private, devDependencies: _dev, scripts: _scripts, ...kept } = source

const packed = {
  ...kept,
  exports: Object.fromEntries(
    Object.entries(source.exports).map(([name, path]) => [name, built(path)]),
  ),
}

writeFileSync(new URL('dist/package.json', shared), `${JSON.stringify(packed, null, 2)}\n`)

/**
 * @param {string} path  such as `./src/react/index.ts`
 */
function built(path) {
  const name = path.replace('./src/', './').replace(/\.tsx?$/, '')
  return { types: `${name}.d.ts`, default: `${name}.js` }
}
