import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aptInstall, canApt } from './apt.mjs'
import { cache } from './place.mjs'
import { onPath, prepareProgram } from './program.mjs'
import { run } from './run.mjs'

/** Finds or installs the server of the store's tests; those that start it read the note of where. */
export function prepareRedis() {
  return prepareProgram({
    name: 'redis-server',
    title: 'Redis or Valkey server',
    variable: 'STRONGROOM_REDIS_SERVER',
    places: () => [...onPath(names), ...usualPlaces, ownLink],
    works,
    ways: apt,
    cure:
      'Install one (`apt-get install redis-server`, `dnf install valkey`, `brew install redis`), or set ' +
      'STRONGROOM_REDIS_SERVER to the path of one. `node scripts/test.mjs static browser` does without.',
  })
}

const names = ['redis-server', 'valkey-server']

/** Homebrew's and the system's, which may be missing from the search path. */
const usualPlaces = ['/opt/homebrew/bin', '/usr/local/bin', '/usr/bin'].flatMap((folder) =>
  names.map((name) => join(folder, name)),
)

const ownLink = join(cache, 'bin', 'redis-server')

/** @param {string} path */
async function works(path) {
  const { ok, output } = await run(path, ['--version'], { seconds: 10 })
  return ok && /^(redis|valkey) server v=/i.test(output)
}

function apt() {
  if (!canApt) return []
  return [
    { label: 'Installing Redis with apt-get', install: installTools },
    { label: 'Installing the Redis server with apt-get', install: installServer },
  ]
}

/**
 * The package of the server starts a service, and again each time the machine starts. That of the tools has the same
 * program under another name: which of the two it is, it tells from the name that it is called by.
 */
async function installTools() {
  const installed = await aptInstall(['redis-tools'])
  if (!installed.ok) return installed
  mkdirSync(join(cache, 'bin'), { recursive: true })
  rmSync(ownLink, { force: true })
  symlinkSync('/usr/bin/redis-check-rdb', ownLink)
  return installed
}

/** Debian asks this file before it starts a service. */
const policy = '/usr/sbin/policy-rc.d'

async function installServer() {
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return await aptInstall(['redis-server'])
  } finally {
    if (ours) rmSync(policy)
  }
}
