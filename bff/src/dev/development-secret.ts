import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ownFolder } from './own-folder.ts'

/**
 * A name that dev servers refuse to serve though it lies in their folder: Vite's `server.fs.deny` holds `.env.*` and `*.pem`.
 */
const fileName = '.env.development'

/** The secret that sessions are sealed with where none is set: made once, and kept so that a restart signs nobody out. */
export function developmentSecret(project: string): string {
  const path = join(ownFolder(project), fileName)
  const kept = existsSync(path) ? parseEnv(readFileSync(path, 'utf8'))['SESSION_SECRET'] : undefined
  if (kept) return kept
  const secret = newSecret()
  writeFileSync(path, `SESSION_SECRET=${secret}\n`, { mode: 0o600 })
  return secret
}

/** 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}
