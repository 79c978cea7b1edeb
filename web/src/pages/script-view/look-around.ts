import type { SignedInView } from '@strongroom/client'

/** A place where script can look, and what it found there, as `name` or `name: value`. */
export interface Sight {
  readonly place: string
  /** `null` where the browser has no way to look. */
  readonly found: readonly string[] | null
}

/** Looks wherever script in this page can look for something that was kept. */
export async function lookAround(answer: SignedInView): Promise<readonly Sight[]> {
  return [
    { place: 'document.cookie', found: document.cookie.split('; ').filter(Boolean) },
    { place: 'localStorage', found: entriesOf(() => window.localStorage) },
    { place: 'sessionStorage', found: entriesOf(() => window.sessionStorage) },
    { place: 'indexedDB', found: await databaseNames() },
    { place: 'caches', found: await cacheNames() },
    { place: 'window.name', found: [window.name].filter(Boolean) },
    { place: '/auth/session', found: leavesOf(answer) },
  ]
}

function entriesOf(storage: () => Storage): readonly string[] | null {
  try {
    return Object.entries(storage()).map(([name, value]) => `${name}: ${String(value)}`)
  } catch {
    // Some browsers throw at the very mention of a storage that the user has blocked.
    return null
  }
}

async function databaseNames(): Promise<readonly string[] | null> {
  try {
    const databases = await window.indexedDB.databases()
    return databases.map(({ name, version }) => `${name ?? 'unnamed'}, version ${version ?? 0}`)
  } catch {
    return null
  }
}

async function cacheNames(): Promise<readonly string[] | null> {
  try {
    return await window.caches.keys()
  } catch {
    return null
  }
}

function leavesOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${String(value)}`]
  return Object.entries(value).flatMap(([name, member]) =>
    leavesOf(member, path ? `${path}.${name}` : name),
  )
}
