import { compactDecrypt, errors, type CompactJWEHeaderParameters } from 'jose'
import type { DecryptionKey } from '../base/decryption-keys.ts'
import type { EncryptedAnswer } from '../base/encrypted-answers.ts'
import { UntrustedAnswer } from './untrusted-answer.ts'

export interface Decryption {
  readonly decryptionKeys: readonly DecryptionKey[]
  /** What must come encrypted. What is not named here may. */
  readonly encryptedAnswers: readonly EncryptedAnswer[]
}

/**
 * The signed JWT inside of an encrypted one (RFC 7519 §5.2), or the token itself where it is not encrypted and need not be. Anybody can
 * encrypt for us: what comes out is worth as much as its signature, which is for `verifyJwt`.
 *
 * Throws {@link UntrustedAnswer} where the token can't be decrypted, or is not encrypted and must be.
 *
 * @param answer  what the token is, or is in; null for what the settings demand nothing of
 */
export async function decryptJwt(
  token: string,
  answer: EncryptedAnswer | null,
  { decryptionKeys, encryptedAnswers: demanded }: Decryption,
): Promise<string> {
  if (!isEncrypted(token)) {
    if (answer === null || !demanded.includes(answer)) return token
    throw new UntrustedAnswer('not encrypted, which was agreed on with the provider')
  }
  const keyOf = (header: CompactJWEHeaderParameters) => keyFor(header, decryptionKeys).privateKey
  try {
    // Any content encryption that jose knows: all of JWA's are authenticated (RFC 7518 §5.1).
    const { plaintext } = await compactDecrypt(token, keyOf, {
      keyManagementAlgorithms: [...new Set(decryptionKeys.flatMap(({ algorithms }) => algorithms))],
    })
    return new TextDecoder().decode(plaintext)
  } catch (error) {
    if (error instanceof UntrustedAnswer) throw error
    // Whoever made it chose all that is in it: nothing that goes wrong here is trouble of ours.
    const code = error instanceof errors.JOSEError ? error.code : 'malformed'
    throw new UntrustedAnswer(`encrypted, and can’t be decrypted: ${code}`)
  }
}

/** A JWE has five parts, a JWS three (RFC 7516 §9). */
function isEncrypted(token: string): boolean {
  return token.split('.', 6).length === 5
}

function keyFor(
  { alg, kid }: CompactJWEHeaderParameters,
  keys: readonly DecryptionKey[],
): DecryptionKey {
  const fitting = keys.filter(
    (key) => key.algorithms.includes(alg) && (kid === undefined || key.kid === kid),
  )
  const [key, another] = fitting
  if (key === undefined) throw new UntrustedAnswer('encrypted for a key that is not ours')
  if (another !== undefined)
    throw new UntrustedAnswer('encrypted, and does not say for which of our keys (kid)')
  return key
}
