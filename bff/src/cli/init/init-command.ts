import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv, styleText } from 'node:util'
import { newSecret } from '../../dev/development-secret.ts'
import { configFileNames } from '../../options/config-file.ts'
import * as rules from '../../options/rules.ts'
import { commandLine } from '../command-line.ts'
import { wrong } from '../wrong.ts'
import type { Answers } from './answers.ts'
import { askFor } from './ask-for.ts'
import { configText, environmentText, exampleText } from './file-texts.ts'
import { registration } from './registration.ts'
import { ignoreInGit, writeOnce, type Written } from './write-once.ts'

const defaults = { api: 'http://localhost:4000', publicUrl: 'http://localhost:3000' }

/** `strongroom init …` @returns the exit code */
export async function initCommand(args: readonly string[]): Promise<number> {
  const said = readArguments(args)
  if (typeof said === 'string') return wrong(said, 'init')
  const { yes, ...given } = said
  const asks = !yes && process.stdin.isTTY && process.stdout.isTTY
  const answers = {
    ...defaults,
    issuer: '',
    clientId: '',
    ...given,
    ...(asks && (await askFor(given))),
  }
  const fault = faultOf(answers)
  if (fault !== null) return wrong(fault, 'init')

  const folder = process.cwd()
  try {
    const written = write(folder, answers)
    process.stdout.write(
      `\n${written.map(lineOf).join('')}${secretToAdd(folder)}\n${registration(answers)}`,
    )
    return 0
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    process.stderr.write(
      `The files can't be written (${code}). See that this user may write to ${folder}.\n`,
    )
    return 1
  }
}

function write(folder: string, answers: Answers): readonly Written[] {
  return [
    writeConfig(folder, configText(answers)),
    writeOnce(folder, '.env', environmentText(answers, newSecret()), 0o600),
    writeOnce(folder, '.env.example', exampleText(answers)),
    ignoreInGit(folder, ['.env', '.strongroom/']),
  ]
}

/** A file that was there before has none of ours. */
function secretToAdd(folder: string): string {
  const said = parseEnv(readFileSync(join(folder, '.env'), 'utf8'))
  return said['SESSION_SECRET'] || said['SESSION_SECRET_FILE']
    ? ''
    : '\nIn .env there is no SESSION_SECRET yet. Add one:\n\n  echo SESSION_SECRET=$(npx strongroom keygen) >> .env\n'
}

/** Whatever its ending, there can be only one. */
function writeConfig(folder: string, text: string): Written {
  const found = configFileNames.find((name) => existsSync(join(folder, name)))
  return writeOnce(folder, found ?? 'strongroom.config.ts', text)
}

function lineOf({ name, outcome }: Written): string {
  const style = outcome === 'kept' ? 'dim' : 'green'
  return `  ${styleText(style, outcome.padEnd(9))}${name}\n`
}

function readArguments(args: readonly string[]): (Partial<Answers> & { yes: boolean }) | string {
  const line = commandLine({
    args: [...args],
    options: {
      issuer: { type: 'string' },
      'client-id': { type: 'string' },
      api: { type: 'string' },
      'public-url': { type: 'string' },
      yes: { type: 'boolean', short: 'y', default: false },
    },
  })
  if (typeof line === 'string') return line
  const { 'client-id': clientId, 'public-url': publicUrl, api, issuer, yes } = line.values
  return {
    yes,
    ...(issuer !== undefined && { issuer }),
    ...(clientId !== undefined && { clientId }),
    ...(api !== undefined && { api }),
    ...(publicUrl !== undefined && { publicUrl }),
  }
}

function faultOf({ api, clientId, issuer, publicUrl }: Answers): string | null {
  const faults = [
    ['--issuer', issuer === '' ? null : rules.issuer(issuer)],
    ['--client-id', issuer !== '' && clientId === '' ? rules.clientId(clientId) : null],
    ['--api', rules.upstreamTarget(api)],
    ['--public-url', rules.publicUrl(publicUrl)],
  ] as const
  const [found] = faults.flatMap(([name, text]) => (text === null ? [] : [`${name} ${text}`]))
  return found ?? null
}
