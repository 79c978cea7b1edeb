import type { Preset } from './preset.ts'

export const cognito: Preset = {
  title: 'Amazon Cognito',
  page: 'cognito.md',
  settings: {
    scope: {
      value: 'openid profile email',
      why: 'It knows no `offline_access` and refuses it. Refresh tokens come without.',
      source:
        'https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html',
    },
    clientAuthentication: {
      value: 'client_secret_basic',
      why: 'Its revocation endpoint wants the secret in the header.',
      source: 'https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html',
    },
    endSessionReturnParameter: {
      value: 'logout_uri',
      why: 'What the discovery document calls an end-session endpoint takes `client_id` and `logout_uri`, and shows an error page to the standard’s names.',
      source: 'https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html',
    },
    revokeAtSignOut: {
      value: 'refresh-token',
      why: 'Its revocation endpoint is for refresh tokens. An access token that is checked by its signature ends by itself, and the receipt of a sign-out says when.',
      source: 'https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html',
    },
  },
  wrongIssuers: [
    {
      like: /^https:\/\/[^/]+\.amazoncognito\.com/,
      text: 'is the domain of the sign-in pages. Use https://cognito-idp.<region>.amazonaws.com/<user pool id>.',
    },
    {
      like: /\/$/,
      text: 'ends in a slash, which no issuer of Cognito does. Use https://cognito-idp.<region>.amazonaws.com/<user pool id>.',
    },
  ],
  has: {
    endSession: '`/logout`, with names of its own',
    revocation: 'refresh tokens',
    logoutNotice: 'none',
    rotation: 'if switched on',
  },
}
