import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from './fault.mjs'
import { checkInstallScripts } from './install-scripts.mjs'
import { root, withMachinesNode, withPinnedNode } from './place.mjs'
import { progress } from './progress.mjs'
import { run } from './run.mjs'

/** Installs what package-lock.json names, unless just that is installed already. */
export async function preparePackages() {
  if (asLocked() && (await pinnedNodeRuns())) return
  checkInstallScripts()
  await progress('Installing packages (about half a minute)', install)
}

async function install() {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const npm = await run('npm', ['ci', ...quiet], { env: withMachinesNode() })
  if (!npm.ok)
    throw new Fault('npm could not install the packages.', {
      output: npm.output,
      cure: cure(npm.output),
    })
  if (await pinnedNodeRuns()) return
  throw new Fault(
    `npm installed the packages, but not the Node ${pinnedVersion()} that the code runs on.`,
    {
      output: npm.output,
      cure:
        'It comes with the install script of the package `node`. If `npm config get ignore-scripts` says true, ' +
        'run `npm rebuild node --ignore-scripts=false`; then try again.',
    },
  )
}

/**
 * Compares by content, as file times say nothing after a clone or a pull. npm keeps a list of what it
 * installed inside node_modules, and writes it last.
 */
function asLocked() {
  const installed = lockedPackages(join('node_modules', '.package-lock.json'))
  if (!installed) return false
  return Object.entries(lockedPackages('package-lock.json') ?? {}).every(([path, wanted]) => {
    const found = installed[path]
    if (path === '' || (!found && wanted.optional)) return true
    return found?.version === wanted.version && found?.integrity === wanted.integrity
  })
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function lockedPackages(file) {
  const path = join(root, file)
  if (!existsSync(path)) return undefined
  return JSON.parse(readFileSync(path, 'utf8')).packages
}

async function pinnedNodeRuns() {
  const { ok, output } = await run('node', ['--version'], { env: withPinnedNode() })
  return ok && output.trim() === `v${pinnedVersion()}`
}

function pinnedVersion() {
  return lockedPackages('package-lock.json')?.['node_modules/node']?.version
}

/** @param {string} output */
function cure(output) {
  const [, advice] = cures.find(([sign]) => sign.test(output)) ?? [
    undefined,
    'Mend what npm says above, then try again.',
  ]
  return advice
}

/** @type {Array<[sign: RegExp, advice: string]>} */
const cures = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network/i,
    'The registry can not be reached. Check the network; behind a proxy run `npm config set proxy <url>` and ' +
      '`npm config set https-proxy <url>`; with a registry of your own `npm config set registry <url>`.',
  ],
  [
    /CERT|SSL/,
    'A proxy seems to answer in place of the registry: set NODE_EXTRA_CA_CERTS to its certificate.',
  ],
  [
    /\bE(401|403|404)\b/,
    'The registry refuses. Check `npm config get registry` and whether you are logged in to it.',
  ],
  [
    /EUSAGE/,
    'package.json and package-lock.json differ: run `npm install` and commit the lock file.',
  ],
  [
    /EACCES|EPERM/,
    'Files are owned by someone else or in use: check the owner of node_modules, or delete it.',
  ],
  [/ENOSPC/, 'The disk is full: about 600 MB are needed.'],
]
