// A JWT or JWE in compact form begins with a base64url-encoded `{"` and has dots in it.
const compactJose = /\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*/

// `token.expiresAt: 1700000000` tells about a token and is none: what counts is a long value without a gap.
const namedToken = /(?:token|bearer|jwt|secret)[^:\s]*: ?\S{20,}/i

/** Whether a line such as `name: value` carries what could be an access, refresh or ID token. No I/O. */
export function looksLikeToken(line: string): boolean {
  return compactJose.test(line) || namedToken.test(line)
}
