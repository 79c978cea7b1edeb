import { existsSync, readFileSync } from 'node:fs'
import { run } from './run.mjs'

export const isRoot = process.getuid?.() === 0

/** Whether packages can be installed without asking for a password. */
export const canApt = isRoot && existsSync('/usr/bin/apt-get')

/** Debian itself. Ubuntu's chromium package is an empty shell around a snap, which a container can't run. */
export const isDebian =
  existsSync('/etc/os-release') && /^ID="?debian"?$/m.test(readFileSync('/etc/os-release', 'utf8'))

/** @param {string[]} packages */
export async function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Another installation may be under way on the machine.
  const patient = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120']
  const update = await run('apt-get', ['update', ...patient], { env, seconds: 300 })
  if (!update.ok) return update
  return run('apt-get', ['install', ...patient, '--no-install-recommends', ...packages], { env })
}
