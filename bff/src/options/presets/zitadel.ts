import type { Preset } from './preset.ts'

export const zitadel: Preset = {
  title: 'Zitadel',
  page: 'zitadel-authentik.md',
  settings: {
    endSessionHint: {
      value: 'while-valid',
      why: 'An ID token that has expired is refused as a hint, and the user is stuck on that page; without one the client’s id is enough.',
      source: 'https://github.com/zitadel/zitadel/issues/5232',
    },
  },
  wrongIssuers: [
    {
      like: /^https?:\/\/[^/]+\/./,
      text: 'has a path, which no issuer of Zitadel has. Use https://<instance>.',
    },
    {
      like: /\/$/,
      text: 'ends in a slash, which no issuer of Zitadel does. Use https://<instance>.',
    },
  ],
  has: {
    endSession: 'yes; an error with an expired hint',
    revocation: 'yes',
    logoutNotice: 'back-channel',
    rotation: 'each time',
  },
}
