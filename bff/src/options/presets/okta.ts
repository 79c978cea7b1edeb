import type { Preset } from './preset.ts'

export const okta: Preset = {
  title: 'Okta',
  page: 'okta.md',
  settings: {
    endSessionHint: {
      value: 'required',
      why: 'Without the ID token its end-session endpoint shows an error page with no way on.',
      source:
        'https://support.okta.com/help/s/article/the-purpose-of-id-token-hint-in-the-logout-api-and-how-does-it-affect-the-single-logout-process',
    },
  },
  wrongIssuers: [
    {
      like: /^https:\/\/[^/]+-admin\./,
      text: 'is the address of the admin console. Leave out “-admin”: https://<org>.okta.com/oauth2/default.',
    },
    {
      like: /\/$/,
      text: 'ends in a slash, which no issuer of Okta does. Use https://<org>.okta.com/oauth2/default.',
    },
  ],
  has: {
    endSession: 'yes; an error without a hint',
    revocation: 'yes',
    logoutNotice: 'front-channel (Single Logout)',
    rotation: 'if switched on',
  },
}
