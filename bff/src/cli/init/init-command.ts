import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { newSecret } from '../../dev/development-secret.ts'
import { configFileNames } from '../../options/config-file.ts'
import * as rules from '../../options/rules.ts'
import { wrong } from '../wrong.ts'
import { askFor } from './ask-for.ts'
import { configText, environmentText, exampleText } from './file-texts.ts'
import { registration } from './registration.ts'
import { ignoreInGit, writeOnce, type Written } from './write-once.ts'

/** What is written down. Empty is unsaid. */
export interface Answers {
  readonly issuer: string
  readonly clientId: string
  readonly api: string
  readonly publicUrl: string
}

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
  const written: readonly Written[] = [
    writeConfig(folder, configText(answers)),
    writeOnce(folder, '.env', environmentText(answers, newSecret()), 0o600),
    writeOnce(folder, '.env.example', exampleText(answers)),
    ignoreInGit(folder, ['.env', '.strongroom/']),
  ]
  process.stdout.write(`\n${written.map(lineOf).join('')}\n${registration(answers)}`)
  return 0
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
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        issuer: { type: 'string' },
        'client-id': { type: 'string' },
        api: { type: 'string' },
        'public-url': { type: 'string' },
        yes: { type: 'boolean', short: 'y', default: false },
      },
    })
    const { 'client-id': clientId, 'public-url': publicUrl, api, issuer, yes } = values
    return {
      yes,
      ...(issuer !== undefined && { issuer }),
      ...(clientId !== undefined && { clientId }),
      ...(api !== undefined && { api }),
      ...(publicUrl !== undefined && { publicUrl }),
    }
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error)
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
