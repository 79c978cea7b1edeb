import type { Config } from './config.ts'
import type { ConfigFile } from './config-file.ts'
import { environment, type EnvironmentName } from './environment.ts'
import type { Fault } from './fault.ts'
import { isRecord } from './shapes.ts'
import { upstreamTable } from './upstream-table.ts'

/** No I/O. Who has said what: the environment, the file, or nobody. */

/** Empty is unset, save where it says "none". */
export function isSet(env: NodeJS.ProcessEnv, name: EnvironmentName): boolean {
  const value = env[name]?.trim()
  return name === 'SPA_DIR' ? value !== undefined : value !== undefined && value !== ''
}

/** What a variable says, else its default, else nothing. */
export function read(env: NodeJS.ProcessEnv, name: EnvironmentName): string {
  return (isSet(env, name) ? env[name]?.trim() : environment[name].default) ?? ''
}

/** Variables that a file may say in their place, and the one that names it. */
const fileVariables: { readonly [Name in EnvironmentName]?: EnvironmentName } = {
  SESSION_SECRET: 'SESSION_SECRET_FILE',
  OIDC_CLIENT_KEY: 'OIDC_CLIENT_KEY_FILE',
}

/** A file beside the variable whose place it takes leaves open which counts. */
export function saidTwice(env: NodeJS.ProcessEnv): readonly Fault[] {
  return Object.entries(fileVariables)
    .filter(([name, file]) => isSet(env, name as EnvironmentName) && isSet(env, file))
    .map(([name, file]) => ({
      option: file,
      text: `is set beside ${name}. Leave one of them out.`,
    }))
}

/** The same faults, each named by who has said it: the variable, or the file and its option. */
export function namedBySource(
  faults: readonly Fault[],
  env: NodeJS.ProcessEnv,
  { name, config }: ConfigFile,
): readonly Fault[] {
  const { rowOfEnvironment } = upstreamTable(read(env, 'API_UPSTREAM'), config.upstreams)
  return faults.map((fault) => {
    const variable = variableOf(fault.option, rowOfEnvironment)
    const saidByFile = variable === null || (saysIt(config, fault.option) && !isSaid(env, variable))
    return { ...fault, option: saidByFile ? `${name} ${fault.option}` : asSaid(env, variable) }
  })
}

function variableOf(option: string, rowOfEnvironment: number | null): EnvironmentName | null {
  if (option === `upstreams[${rowOfEnvironment}].target`) return 'API_UPSTREAM'
  const names = Object.keys(environment) as EnvironmentName[]
  return names.find((name) => environment[name].option === option) ?? null
}

function isSaid(env: NodeJS.ProcessEnv, name: EnvironmentName): boolean {
  return name === 'API_UPSTREAM' || isSet(env, asSaid(env, name))
}

/** The variable that says it: this one, or the one that names a file in its place. */
function asSaid(env: NodeJS.ProcessEnv, name: EnvironmentName): EnvironmentName {
  const file = fileVariables[name]
  return file !== undefined && isSet(env, file) ? file : name
}

function saysIt(config: Config, option: string): boolean {
  const [first = '', second] = option.split(/[.[]/)
  const value = (config as Readonly<Record<string, unknown>>)[first]
  return second === undefined || !isRecord(value) ? value !== undefined : second in value
}
