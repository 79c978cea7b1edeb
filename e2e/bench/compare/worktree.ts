import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from '../machine/launch.ts'

/** Another version of the repository, ready to run; gone when this process goes. */
export interface Worktree {
  readonly root: string
  readonly commit: string
}

/** @throws where git knows no such version, or its packages can't be installed */
export function checkOut(ref: string): Worktree {
  const commit = run('git', ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], repository)
  if (commit === null) throw new Error(`git knows no version "${ref}".`)
  const root = join(mkdtempSync(join(tmpdir(), 'strongroom-compare-')), 'worktree')
  process.once('exit', () => {
    run('git', ['worktree', 'remove', '--force', root], repository)
    rmSync(join(root, '..'), { recursive: true, force: true })
  })
  if (run('git', ['worktree', 'add', '--detach', root, commit], repository) === null) {
    throw new Error(`git could not check out ${commit}.`)
  }
  if (samePackages(root)) linkPackages(root)
  else install(root)
  if (existsSync(join(root, 'bff/vite.config.ts'))) build(root)
  return { root, commit: commit.slice(0, 10) }
}

function samePackages(root: string): boolean {
  const lock = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8')
  return lock(root) === lock(repository)
}

/** Other packages are a part of the other version. Without their scripts, since the Node is ours. */
function install(root: string): void {
  process.stdout.write('That version has other packages: installing them.\n')
  if (run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], root) === null) {
    throw new Error(`The packages of ${root} could not be installed.`)
  }
}

/** As ours is, or the way it is started would be a part of the comparison. */
function build(root: string): void {
  if (run('npm', ['run', 'build', '--workspace', 'bff'], root) === null)
    throw new Error(`The server of ${root} could not be built.`)
}

/** Ours, save that the workspaces must be that version's own. */
function linkPackages(root: string): void {
  const [from, to] = [join(repository, 'node_modules'), join(root, 'node_modules')]
  mkdirSync(join(to, '@strongroom'), { recursive: true })
  for (const name of readdirSync(from)) {
    if (!/^(strongroom|@strongroom|\.cache)$/.test(name))
      symlinkSync(join(from, name), join(to, name))
  }
  symlinkSync(join(root, 'bff'), join(to, 'strongroom'))
  symlinkSync(join(root, 'shared'), join(to, '@strongroom/client'))
  for (const workspace of ['bff', 'shared']) {
    const own = join(repository, workspace, 'node_modules')
    if (existsSync(own)) symlinkSync(own, join(root, workspace, 'node_modules'))
  }
}

/** @returns what it said, or null where it failed */
function run(command: string, args: readonly string[], cwd: string): string | null {
  const { status, stderr, stdout } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) process.stderr.write(stderr ?? '')
  return status === 0 ? stdout.trim() : null
}
