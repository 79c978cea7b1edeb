import { readFileSync } from 'node:fs'
import { nearestName } from '../options/nearest-name.ts'
import { commands, type Command } from './commands.ts'

// What a command waits for may keep nothing alive by itself.
const alive = setInterval(() => {}, 60_000)
process.exitCode = await main(process.argv.slice(2))
clearInterval(alive)

/** `strongroom <command> …` @returns the exit code: 2 where the command line itself is at fault */
async function main([name = 'help', ...rest]: readonly string[]): Promise<number> {
  if (name === 'help' || name === '--help' || name === '-h') return help(rest[0])
  if (name === '--version' || name === '-v') return say(`${version()}\n`)
  const command = commandOf(name)
  return command ? command.run(rest) : unknown(name)
}

/** As opposed to what every object has. */
function commandOf(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}

function help(name: string | undefined): number {
  const command = name === undefined ? undefined : commandOf(name)
  if (name !== undefined && command === undefined) return unknown(name)
  return say(command?.help ?? overview())
}

function overview(): string {
  const rows = Object.entries(commands).map(([name, { about }]: [string, Command]) => [name, about])
  const lines = [...rows, ['help', 'What a command does and takes: strongroom help jobs']]
  return `Usage: strongroom <command> [options]

The server beside a single-page app: it signs users in, keeps their tokens, and
hands their calls on to your API.

Commands
${lines.map(([name = '', about = '']) => `  ${name.padEnd(10)}${about}\n`).join('')}
Options
  --version, -v   The version
  --help, -h      This

Settings come from the environment, and from .env and strongroom.config.ts in
the folder that it is started in.
`
}

function unknown(name: string): number {
  const nearest = nearestName(name, [...Object.keys(commands), 'help'])
  const cure = nearest === null ? 'strongroom help lists them.' : `Did you mean ${nearest}?`
  process.stderr.write(`There is no command ${JSON.stringify(name)}. ${cure}\n`)
  return 2
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

function version(): string {
  // From the sources it lies two folders up, from a build one.
  const path = import.meta.url.endsWith('.ts') ? '../../package.json' : '../package.json'
  const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
  return (manifest as { readonly version: string }).version
}
