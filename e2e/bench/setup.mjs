// Makes ready what `npm run bench` needs: the packages, wrk, and the peers with packages of their own. Runs before
// anything is installed, so it is plain JavaScript on Node's own modules.
import { existsSync, readFileSync } from 'node:fs'
import { aptInstall, canApt } from '../../scripts/setup/apt.mjs'
import { Fault } from '../../scripts/setup/fault.mjs'
import { preparePackages } from '../../scripts/setup/packages.mjs'
import { withMachinesNode, withPinnedNode } from '../../scripts/setup/place.mjs'
import { onPath, prepareProgram } from '../../scripts/setup/program.mjs'
import { progress } from '../../scripts/setup/progress.mjs'
import { run } from '../../scripts/setup/run.mjs'

const peers = new URL('peers/', import.meta.url)

await makeReady()

async function makeReady() {
  try {
    await preparePackages()
    await buildServer()
    await prepareWrk()
    await preparePeers()
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    console.error(fault.report())
    process.exitCode = 1
  }
}

/** Each time: what is measured is what is there. */
function buildServer() {
  return progress('Building the server', async () => {
    const env = withPinnedNode()
    const built = await run('npm', ['run', 'build', '--workspace', 'bff'], { env })
    if (built.ok) return
    throw new Fault('The server could not be built.', {
      output: built.output,
      cure: '`npm run build` shows all of it.',
    })
  })
}

function prepareWrk() {
  return prepareProgram({
    name: 'wrk',
    title: 'wrk (the program that makes the load)',
    variable: 'STRONGROOM_WRK',
    places: () => [...onPath(['wrk']), '/usr/local/bin/wrk', '/usr/bin/wrk'],
    works: async (path) => (await run(path, ['-v'], { seconds: 10 })).output.startsWith('wrk '),
    ways: () =>
      canApt ? [{ label: 'Installing wrk with apt-get', install: () => aptInstall(['wrk']) }] : [],
    cure: 'Install it (`apt-get install wrk`), or set STRONGROOM_WRK to the path of one.',
  })
}

async function preparePeers() {
  if (lockOf('node_modules/.package-lock.json') === lockOf('package-lock.json')) return
  await progress('Installing the peers that Strongroom is measured against', async () => {
    const args = ['ci', '--prefix', new URL('.', peers).pathname, '--ignore-scripts']
    const npm = await run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
      env: withMachinesNode(),
    })
    if (npm.ok) return
    throw new Fault('npm could not install the packages of the peers.', {
      output: npm.output,
      cure: 'Mend what npm says above, then try again; or measure without them: --only strongroom,portable.',
    })
  })
}

/**
 * @param {string} file
 * @returns {string} what is locked, without what each platform leaves out
 */
function lockOf(file) {
  const path = new URL(file, peers)
  if (!existsSync(path)) return ''
  const { packages } = JSON.parse(readFileSync(path, 'utf8'))
  const names = Object.entries(packages).filter(([name, { optional }]) => name !== '' && !optional)
  return JSON.stringify(names.map(([name, { version }]) => `${name}@${version}`).toSorted())
}
