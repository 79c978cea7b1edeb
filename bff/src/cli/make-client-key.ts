import { readFileSync } from 'node:fs'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import { jwksIn, readClientKeys } from '../base/client-keys.ts'
import { readDecryptionKeys } from '../base/decryption-keys.ts'
import { PlainError } from '../base/plain-error.ts'
import { replaceSecretFile, writeSecretFiles } from './secret-files.ts'

const forEncryption = ['ECDH-ES', 'RSA-OAEP-256']

export const clientKeyAlgorithms: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'Ed25519',
  'PS256',
  'RS256',
  ...forEncryption,
]

interface ClientKeyFile {
  readonly file: string
  readonly alg: string
  /** Whether the file is there and has keys already. */
  readonly add: boolean
}

/** The private key into a file that nobody else may read, the public one to where it can be copied from. @returns the exit code */
export async function makeClientKey({ add, alg, file }: ClientKeyFile): Promise<number> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const open = await exportJWK(publicKey)
  const use = forEncryption.includes(alg) ? 'enc' : 'sig'
  const named = { kid: await calculateJwkThumbprint(open), alg, use }
  const secret = { ...(await exportJWK(privateKey)), ...named }
  const trouble = add ? addTo(file, secret) : writeSecretFiles({ [file]: json(secret) })
  if (trouble !== null) {
    process.stderr.write(`${trouble}\n`)
    return 1
  }
  const where = add ? `in ${file}, behind those that were there` : `in ${file}`
  process.stderr.write(`The private key is ${where}. ${purposes[use]}\n`)
  process.stdout.write(json({ ...open, ...named }))
  return 0
}

const purposes = {
  sig: 'Register this public key at the provider:',
  enc: 'Register this public key at the provider, to encrypt for:',
} as const

/** Behind the others, as the first signs. @returns what is wrong, or null */
function addTo(file: string, key: JWK): string | null {
  try {
    const text = readFileSync(file, 'utf8')
    if (!text.trim().startsWith('{')) throw new PlainError('holds no JWK, and takes none')
    const keys = json({ keys: [...jwksIn(text).map(({ jwk }) => jwk), key] })
    readClientKeys(keys)
    readDecryptionKeys(keys)
    return replaceSecretFile(file, keys)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const why = error instanceof PlainError ? error.message : `can’t be read (${code})`
    return `${file} ${why}. Name a file with keys (JWK, JWK Set), or leave --add out.`
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
