import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSelfsigned } from './load-selfsigned.ts'
import { ownFolder } from './own-folder.ts'

export interface LocalCertificate {
  readonly key: string
  readonly cert: string
  /** Where the certificate lies, for whoever is told to trust it. */
  readonly path: string
}

const lifeDays = 365
const renewDaysBefore = 30
const dayMilliseconds = 86_400_000

/**
 * A certificate for `localhost` and the loopback's addresses, signed by itself; made anew a month before it ends. Good for
 * nothing else: it can't sign others, so who has the key can pose as nobody but this machine.
 *
 * @throws CannotStart
 */
export async function localCertificate(
  project: string,
  now = Date.now(),
): Promise<LocalCertificate> {
  const folder = ownFolder(project)
  const [path, keyPath] = [join(folder, 'localhost.pem'), join(folder, 'localhost-key.pem')]
  const kept = read(path, keyPath)
  if (kept !== null && lastsBeyond(kept.cert, now + renewDaysBefore * dayMilliseconds))
    return { ...kept, path }
  const made = await makeCertificate(now)
  writeFileSync(keyPath, made.key, { mode: 0o600 })
  writeFileSync(path, made.cert)
  return { ...made, path }
}

/** How the browsers of a platform are told to take it, in one command. */
export function howToTrust(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin')
    return `security add-trusted-cert -k ~/Library/Keychains/login.keychain-db "${path}"`
  if (platform === 'win32') return `certutil -user -addstore Root "${path}"`
  return `certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n strongroom -i "${path}"`
}

function read(
  path: string,
  keyPath: string,
): { readonly key: string; readonly cert: string } | null {
  if (!existsSync(path) || !existsSync(keyPath)) return null
  return { key: readFileSync(keyPath, 'utf8'), cert: readFileSync(path, 'utf8') }
}

/** One that can't be read does not last. */
function lastsBeyond(cert: string, instant: number): boolean {
  try {
    return new X509Certificate(cert).validToDate.getTime() > instant
  } catch {
    return false
  }
}

async function makeCertificate(now: number) {
  const { generate } = await loadSelfsigned()
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now),
    notAfterDate: new Date(now + lifeDays * dayMilliseconds),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  return { cert, key }
}
