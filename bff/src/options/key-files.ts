import { statSync } from 'node:fs'
import { err, ok, type Result } from '@strongroom/client'
import { PlainError } from '../base/plain-error.ts'
import type { EnvironmentName } from './environment.ts'
import type { Fault } from './fault.ts'
import { isSet, read } from './given.ts'
import type { ProviderOptions } from './options.ts'
import { readSmallFile } from './small-file.ts'

type KeyOption = 'clientKeys' | 'clientCertificate' | 'clientCertificateKey'

const fileVariables: Readonly<Record<KeyOption, EnvironmentName>> = {
  clientKeys: 'OIDC_CLIENT_KEY_FILE',
  clientCertificate: 'OIDC_TLS_CERT_FILE',
  clientCertificateKey: 'OIDC_TLS_KEY_FILE',
}

/** What stands in the files with keys and certificates that the environment names. */
export interface KeyFiles {
  readonly texts: { readonly [Option in KeyOption]?: NonNullable<ProviderOptions[Option]> }
  /** Of a file that could not be read; the text is then blank. */
  readonly faults: readonly Fault[]
}

export function readKeyFiles(env: NodeJS.ProcessEnv): KeyFiles {
  const files = Object.entries(fileVariables)
    .filter(([, name]) => isSet(env, name))
    .map(([option, name]) => ({ option, found: textIn(read(env, name)) }))
  return {
    // Blank and not empty, which would be "none".
    texts: Object.fromEntries(
      files.map(({ option, found }) => [option, found.ok ? found.value : ' ']),
    ),
    faults: files.flatMap(({ option, found }) =>
      found.ok ? [] : [{ option: `provider.${option}`, text: found.error }],
    ),
  }
}

function textIn(path: string): Result<string, string> {
  try {
    const text = readSmallFile(path)
    return text.trim() === '' ? err('names a file that is empty.') : ok(text)
  } catch (error) {
    if (error instanceof PlainError)
      return err(`names ${error.message}. Name the file with the keys or the certificate.`)
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    return err(
      `names a file that can’t be read (${code}). Name one that is there, and that this program’s user may read.`,
    )
  }
}

/** What an operator should know of the files with private keys, though nothing is wrong. Windows has no such modes. */
export function keyFileNotices(env: NodeJS.ProcessEnv): readonly string[] {
  if (process.platform === 'win32') return []
  return [fileVariables.clientKeys, fileVariables.clientCertificateKey]
    .filter((name) => isSet(env, name) && mayBeReadByOthers(read(env, name)))
    .map((name) => `The file of ${name} is open to other users of this machine: chmod 600 it.`)
}

function mayBeReadByOthers(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  return found !== undefined && (found.mode & 0o077) !== 0
}
