import * as openid from 'openid-client'
import { settings } from './settings.mjs'

// For those peers that bring a session and no sign-in: openid-client, as its documentation shows it.
const callback = `${settings.publicUrl}/auth/callback`

/** @type {Promise<openid.Configuration> | undefined} */
let discovered

function provider() {
  discovered ??= openid.discovery(
    new URL(settings.issuer),
    settings.clientId,
    undefined,
    openid.ClientSecretPost(settings.clientSecret),
    { execute: [openid.allowInsecureRequests] },
  )
  return discovered
}

/** @typedef {{ verifier: string, state: string, nonce: string }} Attempt */

/** @typedef {{ accessToken: string, refreshToken: string, idToken: string, expiresAt: number }} Tokens */

/** @returns {Promise<{ location: string, attempt: Attempt }>} where to send the browser, and what to keep for its return */
export async function startSignIn() {
  const attempt = {
    verifier: openid.randomPKCECodeVerifier(),
    state: openid.randomState(),
    nonce: openid.randomNonce(),
  }
  const location = openid.buildAuthorizationUrl(await provider(), {
    redirect_uri: callback,
    scope: settings.scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
  })
  return { location: location.href, attempt }
}

/**
 * @param {string} pathAndQuery
 * @param {Attempt} attempt
 * @returns {Promise<Tokens>}
 */
export async function finishSignIn(pathAndQuery, { nonce, state, verifier }) {
  const url = new URL(pathAndQuery, settings.publicUrl)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
  return tokensOf(await openid.authorizationCodeGrant(await provider(), url, checks))
}

/**
 * @param {Tokens} tokens
 * @returns {Promise<Tokens>} the same while they are fresh
 */
export async function freshTokens(tokens) {
  if (Date.now() < tokens.expiresAt) return tokens
  const answer = await openid.refreshTokenGrant(await provider(), tokens.refreshToken)
  return { ...tokens, ...tokensOf(answer) }
}

/**
 * @param {openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers} answer
 * @returns {Tokens}
 */
function tokensOf(answer) {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? '',
    idToken: answer.id_token ?? '',
    expiresAt: Date.now() + (answer.expiresIn() ?? 0) * 1000,
  }
}
