import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { environment } from '../../bff/src/options/environment.ts'
import { optionsFromEnv } from '../../bff/src/options/from-env.ts'

type Env = Readonly<Record<string, string>>

/** What an operator fills in, beside what the files say. */
const filledIn: Env = {
  PUBLIC_URL: 'https://app.example.com',
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'app',
  OIDC_CLIENT_SECRET: 'the secret that the provider issued',
  API_UPSTREAM: 'http://127.0.0.1:4000',
}
const secret: Env = { SESSION_SECRET: 'Vb0Fh3nVQz1qkX9R5o2sYd7LwTgJ4eMaUc8iPxKrZyE' }
/** Seconds that a supervisor's limit is above ours. */
const margin = 2

const compose = parse(read('compose.yaml'))
const manifests = parseAllDocuments(read('kubernetes.yaml')).map((one) => one.toJS())
const config: Env = manifest('ConfigMap', 'strongroom').data
const unit = read('strongroom.service')
const dockerfile = read('Dockerfile')

const places: readonly (readonly [name: string, env: Env])[] = [
  ['Dockerfile', { ...filledIn, ...secret, ...ofDockerfile() }],
  [
    'compose.yaml',
    {
      ...ofDockerfile(),
      ...ofFile('compose.env.example'),
      OIDC_CLIENT_SECRET: filledIn['OIDC_CLIENT_SECRET'] ?? '',
      ...secret,
      ...compose.services.strongroom.environment,
    },
  ],
  ['strongroom.service', { ...filledIn, ...ofUnit() }],
  ['kubernetes.yaml', { ...ofDockerfile(), ...filledIn, ...config }],
]

test.for(places)('every setting of %s exists and is accepted', ([, env]) => {
  const unknown = Object.keys(env).filter((name) => !(name in environment) && name !== 'NODE_ENV')
  const accepted = optionsFromEnv(onItsMachine(env))

  expect(unknown).toEqual([])
  expect(accepted).toMatchObject({ ok: true })
})

test('no supervisor ends an instance before it has ended by itself', () => {
  const stopSeconds = (env: Env) => {
    const options = optionsFromEnv(onItsMachine(env))
    return options.ok ? options.value.stop.delaySeconds + options.value.stop.graceSeconds : NaN
  }
  const [, inCompose = {}] = places[1] ?? []
  const [, inUnit = {}] = places[2] ?? []
  const [, inKubernetes = {}] = places[3] ?? []

  expect(Number.parseInt(compose.services.strongroom.stop_grace_period, 10)).toBeGreaterThanOrEqual(
    stopSeconds(inCompose) + margin,
  )
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThanOrEqual(
    stopSeconds(inUnit) + margin,
  )
  for (const name of ['strongroom', 'strongroom-jobs']) {
    const { terminationGracePeriodSeconds } = manifest('Deployment', name).spec.template.spec
    expect(terminationGracePeriodSeconds).toBe(stopSeconds(inKubernetes) + margin)
  }
})

test('no container runs as root or writes to its own files', () => {
  const pods = manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map((one) => one.spec.template.spec)

  expect(dockerfile).toMatch(/^USER node$/m)
  expect(compose.services.strongroom).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  expect(pods).toHaveLength(3)
  for (const pod of pods) {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true })
    for (const container of pod.containers)
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
  }
})

test('every pod that is to be scraped listens where a scraper comes from', () => {
  const pods = manifests.filter(({ kind }) => kind === 'Deployment').map((one) => one.spec.template)

  expect(config['OPS_HOST']).toBe('0.0.0.0')
  for (const { metadata, spec } of pods) {
    const [{ args = ['--ops-port', config['OPS_PORT']], ports }] = spec.containers
    expect(metadata.annotations['prometheus.io/port']).toBe(args.at(-1))
    expect(ports).toContainEqual({ name: 'metrics', containerPort: Number(args.at(-1)) })
  }
})

test('probes ask where Strongroom answers, and the Redis of each file loses nothing', () => {
  const [container] = manifest('Deployment', 'strongroom').spec.template.spec.containers
  const valkey = manifest('StatefulSet', 'strongroom-valkey').spec.template.spec.containers[0]

  expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' })
  expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
  for (const args of [valkey.args, compose.services.valkey.command.slice(1)])
    expect(args).toEqual(['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'])
})

function read(name: string): string {
  return readFileSync(new URL(`../../docs/deploy/${name}`, import.meta.url), 'utf8')
}

// eslint-disable-next-line typescript/no-explicit-any
function manifest(kind: string, name: string): any {
  return manifests.find((one) => one.kind === kind && one.metadata.name === name)
}

function ofDockerfile(): Env {
  const [, line = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? []
  return Object.fromEntries(line.split(' ').map((pair) => pair.split('=')))
}

function ofFile(name: string): Env {
  return parseEnv(read(name)) as Env
}

function ofUnit(): Env {
  return Object.fromEntries(
    [...unit.matchAll(/^Environment=(\w+)=(.+)$/gm)].map(([, name, value]) => [name, value]),
  )
}

/** With what is there on the machine alone: a file with the secret, a built app. */
function onItsMachine(env: Env): Env {
  const { SESSION_SECRET_FILE: file, ...others } = env
  const all = file === undefined ? env : { ...others, ...secret }
  return 'SPA_DIR' in all ? { ...all, SPA_DIR: builtApp() } : { ...all, SPA_DIR: '' }
}

function builtApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-deploy-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>An app</title>')
  return folder
}
