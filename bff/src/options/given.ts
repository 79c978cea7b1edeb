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
    return { ...fault, option: saidByFile ? `${name} ${fault.option}` : variable }
  })
}

function variableOf(option: string, rowOfEnvironment: number | null): EnvironmentName | null {
  if (option === `upstreams[${rowOfEnvironment}].target`) return 'API_UPSTREAM'
  const names = Object.keys(environment) as EnvironmentName[]
  return names.find((name) => environment[name].option === option) ?? null
}

function isSaid(env: NodeJS.ProcessEnv, name: EnvironmentName): boolean {
  if (name === 'API_UPSTREAM') return true
  return isSet(env, name) || (name === 'SESSION_SECRET' && isSet(env, 'SESSION_SECRET_FILE'))
}

function saysIt(config: Config, option: string): boolean {
  const [first = '', second] = option.split(/[.[]/)
  const value = (config as Readonly<Record<string, unknown>>)[first]
  return second === undefined || !isRecord(value) ? value !== undefined : second in value
}
