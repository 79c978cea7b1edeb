import type { Preset } from './preset.ts'

export const keycloak: Preset = {
  title: 'Keycloak',
  page: 'keycloak.md',
  settings: {
    scope: {
      value: 'openid profile email',
      why: 'Refresh tokens come without `offline_access`. With it each sign-in makes an offline session, which the sign-out at the provider leaves alone, and revoking one may end the user’s others.',
      source: 'https://github.com/keycloak/keycloak/issues/26532',
    },
  },
  wrongIssuers: [
    {
      like: /\/$/,
      text: 'ends in a slash, which no issuer of Keycloak does. Use https://<host>/realms/<realm>.',
    },
    {
      like: /^(?!.*\/realms\/[^/]+$)/,
      text: 'names no realm. Use https://<host>/realms/<realm>; before version 17, https://<host>/auth/realms/<realm>.',
    },
  ],
  has: {
    endSession: 'yes; asks the user without a hint',
    revocation: 'yes',
    logoutNotice: 'back-channel, front-channel',
    rotation: 'if switched on',
  },
}
