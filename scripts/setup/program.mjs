import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from './fault.mjs'
import { cache, foreignPath } from './place.mjs'
import { progress } from './progress.mjs'

/**
 * A program that is no npm package: the tests need one, and the machine may have it.
 *
 * @typedef {object} Program
 * @property {string} name of the note in the cache
 * @property {string} title as a person calls it
 * @property {string} variable the environment variable that names it
 * @property {() => string[]} places where it may be, best first
 * @property {(path: string) => Promise<boolean>} works
 * @property {() => Way[]} ways to get it, best first
 * @property {string} cure where no way works
 *
 * @typedef {object} Way
 * @property {string} label
 * @property {() => Promise<{ ok: boolean, output: string }>} install
 */

/**
 * Finds the program or installs it, and notes its path for those who run it.
 *
 * @param {Program} program
 */
export async function prepareProgram(program) {
  const named = process.env[program.variable]
  if (named) return checkNamed(program, named)
  if (isFile(noted(program))) return
  const path = (await find(program)) ?? (await install(program))
  mkdirSync(cache, { recursive: true })
  writeFileSync(noteOf(program), `${path}\n`)
}

/**
 * @param {Program} program
 * @param {string} path
 */
async function checkNamed({ variable, title, works }, path) {
  if (isFile(path) && (await works(path))) return
  const what = isFile(path) ? 'does not run' : 'is not there'
  throw new Fault(`${variable} names ${path}, which ${what}.`, {
    cure: `Set it to the path of a ${title}, or unset it and one will be looked for.`,
  })
}

/** @param {Program} program */
async function find({ places, works }) {
  for (const path of places()) if (isFile(path) && (await works(path))) return path
  return undefined
}

/** @param {Program} program */
async function install(program) {
  const said = []
  for (const { label, install: attempt } of program.ways()) {
    const { ok, output } = await progress(label, attempt)
    const path = ok ? await find(program) : undefined
    if (path) return path
    said.push(`${label}:`, ...output.trim().split('\n').slice(-10))
  }
  throw new Fault(`There is no ${program.title}, and none could be installed.`, {
    output: said.join('\n'),
    cure: program.cure,
  })
}

/** @param {Program} program */
function noted(program) {
  return existsSync(noteOf(program)) ? readFileSync(noteOf(program), 'utf8').trim() : ''
}

/** @param {Program} program */
function noteOf({ name }) {
  return join(cache, name)
}

/** @param {string} path */
function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/**
 * @param {string[]} names
 * @returns {string[]} every place on the search path where one of them may be
 */
export function onPath(names) {
  return names.flatMap((name) => foreignPath().map((folder) => join(folder, name)))
}
