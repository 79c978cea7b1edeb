import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { describeCause } from '../base/describe-cause.ts'
import { redisConnection, type RedisConnection } from '../keyvalue/redis-connection.ts'
import { risksAtBreakdown } from '../keyvalue/redis-persistence.ts'
import { sqliteStore } from '../keyvalue/sqlite-store.ts'
import { check, finding, type Finding } from './check.ts'
import { networkTrouble } from './network-trouble.ts'
import type { Patient } from './patient.ts'

type Id = 'store.reachable' | 'store.latency' | 'store.persistence' | 'store.eviction'

type Found = Finding<Id>

/** A tenth of what the server waits for an answer at most (`guarded-store.ts`). */
const slowMilliseconds = 25

export const checkStore = check<Id>({
  title: 'Store',
  tells: {
    'store.reachable':
      'Whether the store can be reached and written to: Redis by a value that is taken away again, a SQLite file by its folder and itself.',
    'store.latency': `Whether Redis answers within ${slowMilliseconds} ms (the fastest of nine).`,
    'store.persistence':
      'Whether what is in it survives: an append-only file at Redis; no network or memory file system under SQLite.',
    'store.eviction': 'Whether a Redis that is full may drop what is not over.',
  },
  async run(patient) {
    const { store } = patient.settings
    if (typeof store !== 'string') return own(store)
    if (/^rediss?:/.test(store)) return redis(store, patient)
    return store === 'memory:'
      ? memory(patient)
      : sqlite(resolve(store.slice('sqlite:'.length)), patient)
  },
})

async function own(
  store: Exclude<Patient['settings']['store'], string>,
): Promise<readonly Found[]> {
  try {
    await store.keyValue.ping()
    return [finding('store.reachable', 'ok', 'The app’s own store answers.')]
  } catch (error) {
    return [
      finding(
        'store.reachable',
        'fault',
        `The app’s own store does not answer (${describeCause(error)}).`,
        'Mend it: without it nobody can sign in.',
      ),
    ]
  }
}

function memory({ settings }: Patient): readonly Found[] {
  return [
    finding(
      'store.persistence',
      settings.publicUrl.protocol === 'http:' ? 'note' : 'warning',
      'The store is memory: a restart forgets which sessions ended.',
      'Set STORE_URL=sqlite:<file> for one machine, or redis://… for several.',
    ),
  ]
}

async function redis(url: string, patient: Patient): Promise<readonly Found[]> {
  const connection = redisConnection(url)
  try {
    const latency = await fastestMilliseconds(connection)
    await writeAndTakeAway(connection)
    return [
      finding('store.reachable', 'ok', 'Redis can be reached and written to.'),
      latency > slowMilliseconds
        ? finding(
            'store.latency',
            'warning',
            `Redis takes ${latency} ms to answer.`,
            'Put it nearer: into the same zone as Strongroom.',
          )
        : finding('store.latency', 'ok', `Redis answers in ${latency} ms.`),
      ...(await persistence(connection, patient)),
    ]
  } catch (error) {
    return [redisTrouble(error, new URL(url))]
  } finally {
    await connection.close()
  }
}

async function fastestMilliseconds({ ask }: RedisConnection): Promise<number> {
  // The fastest is what the way there takes: others waited for this process, which does much at once here. The first connects.
  await ask((client) => client.ping())
  const took: number[] = []
  for (let count = 0; count < 9; count += 1) {
    const began = performance.now()
    await ask((client) => client.ping())
    took.push(performance.now() - began)
  }
  return Math.round(Math.min(...took) * 10) / 10
}

async function writeAndTakeAway({ ask }: RedisConnection): Promise<void> {
  const key = `doctor:${process.pid}`
  await ask((client) =>
    client.set(key, 'is this written?', { expiration: { type: 'PX', value: 10_000 } }),
  )
  await ask((client) => client.del(key))
}

async function persistence(
  { ask }: RedisConnection,
  { settings }: Patient,
): Promise<readonly Found[]> {
  const info = await ask((client) => client.info()).catch(() => null)
  if (info === null)
    return [
      finding(
        'store.persistence',
        'note',
        'What this Redis keeps at a breakdown could not be found out: its user may not ask INFO.',
      ),
    ]
  const risks = risksAtBreakdown(info)
  if (risks.length === 0)
    return [
      finding(
        'store.persistence',
        'ok',
        'It keeps an append-only file, and drops nothing when it is full.',
      ),
    ]
  return risks.map(({ kind, text, cure }) =>
    kind === 'evicts'
      ? finding('store.eviction', 'fault', text, cure)
      : finding('store.persistence', settings.grants.length > 0 ? 'fault' : 'warning', text, cure),
  )
}

function redisTrouble(error: unknown, url: URL): Found {
  const trouble = networkTrouble(error, url)
  if (trouble.code !== null)
    return finding(
      'store.reachable',
      'fault',
      `The Redis at ${url.host} can’t be reached: ${trouble.text}.`,
      trouble.isTls ? 'The cure is told above, under TLS.' : trouble.cure,
    )
  const told = describeCause(error)
  const code = /Redis: ([A-Z]+)$/.exec(told)?.[1]
  return finding(
    'store.reachable',
    'fault',
    `The Redis at ${url.host} can’t be used (${code ?? told}).`,
    redisCures[code ?? ''] ?? 'Try it from this machine: redis-cli -u "$STORE_URL" ping',
  )
}

/** By the code that Redis begins its refusal with. */
const redisCures: Readonly<Record<string, string>> = {
  WRONGPASS: 'Correct user and password in STORE_URL; what is odd in them is percent-encoded.',
  NOAUTH: 'This Redis wants a password: redis://<user>:<password>@<host>:<port>/<database>.',
  NOPERM: 'Let this user do what Strongroom needs, on keys that begin with strongroom: (ACL).',
  READONLY: 'That is a replica. Name the primary.',
  MISCONF: 'Redis can’t write its snapshots: give it room on its disk.',
  OOM: 'Redis is full. Give it more memory; keep maxmemory-policy noeviction.',
}

async function sqlite(file: string, patient: Patient): Promise<readonly Found[]> {
  const folder = await nearestFolder(dirname(file))
  const there = await stat(file).catch(() => null)
  const problem = await unusable(file, folder, there !== null)
  if (problem !== null) return [problem]
  const systems = await fileSystem(folder)
  if (there === null)
    return [
      ...systems,
      finding(
        'store.reachable',
        'ok',
        'The SQLite file is not there yet, and its folder can be written to.',
      ),
    ]
  try {
    const store = sqliteStore(file, patient.settings.clock)
    await store.keyValue.ping()
    await store.close()
    return [
      finding('store.reachable', 'ok', 'The SQLite file can be opened and written to.'),
      ...systems,
    ]
  } catch (error) {
    return [
      finding(
        'store.reachable',
        'fault',
        `The SQLite file of STORE_URL can’t be opened (${describeCause(error)}).`,
        'Name a file that is a SQLite database of Strongroom’s, or new.',
      ),
    ]
  }
}

async function nearestFolder(folder: string): Promise<string> {
  const there = await stat(folder).catch(() => null)
  return there !== null || folder === dirname(folder) ? folder : nearestFolder(dirname(folder))
}

async function unusable(file: string, folder: string, isThere: boolean): Promise<Found | null> {
  const fault = (text: string, cure: string) => finding('store.reachable', 'fault', text, cure)
  if (!(await stat(folder)).isDirectory())
    return fault(`${folder} is to hold the store, and is no folder.`, 'Correct STORE_URL.')
  if (!(await isWritable(folder)))
    return fault(
      `${folder}, which is to hold the store, can’t be written to.`,
      'Let the user that Strongroom runs as write there (a volume in a container with a read-only file system), or name another place in STORE_URL.',
    )
  return isThere && !(await isWritable(file))
    ? fault(`${file} can’t be written to.`, 'Let the user that Strongroom runs as own it.')
    : null
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** By the number that Linux gives a kind of file system (statfs(2)). */
const networkSystems = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
])

const memorySystem = 0x01021994

async function fileSystem(folder: string): Promise<readonly Found[]> {
  if (process.platform !== 'linux') return []
  return fileSystemFindings((await statfs(folder)).type)
}

/** @param type  as statfs(2) tells it */
export function fileSystemFindings(type: number): readonly Found[] {
  const network = networkSystems.get(type >>> 0)
  if (network !== undefined)
    return [
      finding(
        'store.persistence',
        'warning',
        `The SQLite file lies on ${network}: where a file system does not lock as a local one does, it can be damaged.`,
        'Put it on a local disk, or use Redis.',
      ),
    ]
  return type === memorySystem
    ? [
        finding(
          'store.persistence',
          'warning',
          'The SQLite file lies in memory (tmpfs), and is gone at a restart of the machine.',
          'Put it on a disk.',
        ),
      ]
    : []
}
