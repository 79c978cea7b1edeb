import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { commandLine } from './command-line.ts'
import { wrong } from './wrong.ts'

const algorithms = ['ES256', 'ES384', 'ES512', 'Ed25519', 'PS256', 'RS256']

/** `strongroom keygen …` @returns the exit code */
export async function keygenCommand(args: readonly string[]): Promise<number> {
  const line = commandLine({
    args: [...args],
    options: { 'client-key': { type: 'string' }, alg: { type: 'string' } },
  })
  if (typeof line === 'string') return wrong(line, 'keygen')
  const { alg = 'ES256', 'client-key': file } = line.values
  if (file === undefined) {
    if (line.values.alg !== undefined) return wrong('--alg belongs to --client-key.', 'keygen')
    process.stdout.write(`${randomBytes(32).toString('base64')}\n`)
    return 0
  }
  if (file === '')
    return wrong('--client-key needs the file to write the private key to.', 'keygen')
  if (!algorithms.includes(alg))
    return wrong(`--alg needs one of ${algorithms.join(', ')}.`, 'keygen')
  return clientKey(file, alg)
}

/** The private key into a file that nobody else may read, the public one to where it can be copied from. */
async function clientKey(file: string, alg: string): Promise<number> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const open = await exportJWK(publicKey)
  const named = { kid: await calculateJwkThumbprint(open), alg, use: 'sig' }
  try {
    const secret = { ...(await exportJWK(privateKey)), ...named }
    // What is there already may be in use: it is never written over.
    writeFileSync(file, `${JSON.stringify(secret, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const why =
      code === 'EEXIST'
        ? 'is there already, and is never written over'
        : `can’t be written (${code})`
    process.stderr.write(`${file} ${why}. Name another file.\n`)
    return 1
  }
  process.stderr.write(`The private key is in ${file}. Register this public key at the provider:\n`)
  process.stdout.write(`${JSON.stringify({ ...open, ...named }, null, 2)}\n`)
  return 0
}
