import type { Preset } from './preset.ts'

export const auth0: Preset = {
  title: 'Auth0',
  page: 'auth0.md',
  settings: {
    endSessionUrl: {
      value: 'v2/logout',
      why: 'The discovery document names an end-session endpoint only where the tenant says so, and that one asks the user whenever the ID token is not sent along. This one is always there.',
      source: 'https://auth0.com/docs/api/authentication#logout',
    },
    endSessionReturnParameter: {
      value: 'returnTo',
      why: 'So it is called there.',
      source: 'https://auth0.com/docs/authenticate/login/logout/redirect-users-after-logout',
    },
    revokeAtSignOut: {
      value: 'refresh-token',
      why: 'Its revocation endpoint is for refresh tokens. An access token that is a JWT ends by itself, and the receipt of a sign-out says when.',
      source: 'https://auth0.com/docs/secure/tokens/refresh-tokens/revoke-refresh-tokens',
    },
  },
  wrongIssuers: [
    {
      like: /[^/]$/,
      text: 'lacks the slash at its end, which belongs to the issuer at Auth0: https://<tenant>.auth0.com/.',
    },
  ],
  has: {
    endSession: '`/v2/logout`; the standard one if switched on',
    revocation: 'refresh tokens',
    logoutNotice: 'back-channel (Enterprise plans)',
    rotation: 'if switched on',
  },
}
