import { decryptJwt, type Decryption } from './decrypt-jwt.ts'

/**
 * `fetch` for the token endpoint that opens the ID token of an answer on its way in: whoever reads it finds a signed one, as if it had
 * never been encrypted. openid-client's own way leaves the encrypted one in the answer, which is of no use as an `id_token_hint`.
 *
 * Its answers make `fetch` fail with an `UntrustedAnswer` where the ID token can't be opened, or is not encrypted and must be.
 */
export function openedIdTokens(fetchNow: typeof fetch, decryption: Decryption): typeof fetch {
  const { decryptionKeys, encryptedAnswers } = decryption
  return async function openedIdTokens(input, init) {
    if (decryptionKeys.length === 0 && !encryptedAnswers.includes('id_token'))
      return fetchNow(input, init)
    const response = await fetchNow(input, init)
    const said: unknown = await response
      .clone()
      .json()
      .catch(() => null)
    const idToken = idTokenIn(said)
    if (idToken === null) return response
    const id_token = await decryptJwt(idToken, 'id_token', decryption)
    const headers = new Headers(response.headers)
    headers.delete('Content-Length')
    return Response.json({ ...(said as object), id_token }, { status: response.status, headers })
  }
}

function idTokenIn(said: unknown): string | null {
  if (typeof said !== 'object' || said === null || !('id_token' in said)) return null
  return typeof said.id_token === 'string' ? said.id_token : null
}
