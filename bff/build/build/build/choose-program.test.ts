import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { chooseProgram } from './choose-program.mjs'
import { sourcesFingerprint } from './sources.mjs'

/** A repository of a few files, and its build. */
function builtRepository() {
  const root = mkdtempSync(join(tmpdir(), 'strongroom-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write('bff/src/main.ts', 'serve()')
  write('bff/src/edge/guard.ts', 'guard(true)')
  write('shared/src/index.ts', '')
  write('package-lock.json', '{}')
  write('bff/dist/main.js', 'serve()')
  write('bff/dist/built-from.txt', `${sourcesFingerprint(root)}\n`)
  return { root, write, remove: (path: string) => rmSync(join(root, path), { recursive: true }) }
}

test('a build of the sources that are there runs', () => {
  const { root } = builtRepository()

  expect(chooseProgram(root)).toEqual({ path: join(root, 'bff/dist/main.js'), notice: null })
})

test('the command line runs from the same build, or from the same sources', () => {
  const { root, write } = builtRepository()
  const commandLine = { built: 'strongroom.js', source: 'cli/strongroom.ts' }

  const withoutBuild = chooseProgram(root, commandLine)
  write('bff/dist/strongroom.js', 'run()')

  expect(withoutBuild.path).toBe(join(root, 'bff/src/cli/strongroom.ts'))
  expect(chooseProgram(root, commandLine).path).toBe(join(root, 'bff/dist/strongroom.js'))
})

test.for([
  ['bff/src/edge/guard.ts', 'guard(fals)'],
  ['bff/src/edge/another.ts', ''],
  ['shared/src/index.ts', ' '],
  ['package-lock.json', '{ }'],
] as const)(
  'after a change of %s the build does not run unseen, however old the file claims to be',
  ([path, text]) => {
    const { root, write } = builtRepository()

    write(path, text)
    utimesSync(join(root, path), 0, 0)

    expect(chooseProgram(root)).toEqual({
      path: join(root, 'bff/src/main.ts'),
      notice: expect.stringContaining('of other sources'),
    })
  },
)

test('what only tests use makes no build old', () => {
  const { root, write } = builtRepository()

  write('bff/src/edge/guard.test.ts', 'test()')
  write('bff/src/testing/browser.ts', 'browse()')

  expect(chooseProgram(root).notice).toBeNull()
})

test('a build that does not say what it is of does not run', () => {
  const { root, remove } = builtRepository()

  remove('bff/dist/built-from.txt')

  expect(chooseProgram(root).path).toBe(join(root, 'bff/src/main.ts'))
})

test('without a build the sources run, without sources the build', () => {
  const [sources, image] = [builtRepository(), builtRepository()]

  sources.remove('bff/dist')
  image.remove('bff/src')

  expect(chooseProgram(sources.root)).toMatchObject({ notice: expect.stringContaining('no build') })
  expect(chooseProgram(image.root)).toEqual({
    path: join(image.root, 'bff/dist/main.js'),
    notice: null,
  })
})
