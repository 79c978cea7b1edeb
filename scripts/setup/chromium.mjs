import { createRequire } from 'node:module'
import { join } from 'node:path'
import { aptInstall, canApt, isDebian, isRoot } from './apt.mjs'
import { root, withPinnedNode } from './place.mjs'
import { onPath, prepareProgram } from './program.mjs'
import { run } from './run.mjs'

/** Finds or installs the browser of the browser tests; playwright.config.ts reads the note of where. */
export function prepareChromium() {
  return prepareProgram({
    name: 'chromium',
    title: 'Chromium or Chrome',
    variable: 'STRONGROOM_CHROMIUM',
    places: () => [...systemPlaces(), playwrightsOwn()],
    works,
    ways: () => (isDebian ? [...apt(), playwright()] : [playwright(), ...apt()]),
    cure:
      'Install Chrome or Chromium, or set STRONGROOM_CHROMIUM to the path of one. ' +
      '`node scripts/test.mjs static unit` does without.',
  })
}

function systemPlaces() {
  if (process.platform === 'darwin') return macPlaces
  if (process.platform === 'win32') return windowsPlaces()
  return onPath(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'])
}

const macPlaces = ['Google Chrome', 'Chromium'].flatMap((name) => [
  `/Applications/${name}.app/Contents/MacOS/${name}`,
  `${process.env['HOME']}/Applications/${name}.app/Contents/MacOS/${name}`,
])

function windowsPlaces() {
  return ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA']
    .flatMap((variable) => process.env[variable] ?? [])
    .flatMap((folder) => [
      join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      join(folder, 'Chromium', 'Application', 'chrome.exe'),
    ])
}

function playwrightsOwn() {
  const require = createRequire(join(root, 'package.json'))
  return require('playwright-core').chromium.executablePath()
}

/**
 * Ubuntu's /usr/bin/chromium-browser is a script that only names a snap, so that being there is not enough.
 *
 * @param {string} path
 */
async function works(path) {
  // On Windows chrome.exe knows no --version: it would open a window.
  if (process.platform === 'win32') return true
  const { ok, output } = await run(path, ['--version'], { seconds: 30 })
  return ok && /chrom/i.test(output)
}

function apt() {
  if (!canApt) return []
  return [
    {
      label: 'Installing Chromium with apt-get',
      install: () => aptInstall(['chromium', 'fonts-liberation']),
    },
  ]
}

function playwright() {
  const args = ['install', 'chromium', '--no-shell']
  const withLibraries = isRoot && process.platform === 'linux' ? ['--with-deps'] : []
  const env = { ...withPinnedNode(), PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '15000' }
  return {
    label: 'Downloading Chromium with Playwright (about 180 MB)',
    install: () => run('playwright', [...args, ...withLibraries], { env, seconds: 420 }),
  }
}
