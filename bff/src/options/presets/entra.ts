import type { Preset } from './preset.ts'

export const entra: Preset = {
  title: 'Microsoft Entra ID',
  page: 'entra.md',
  settings: {
    userinfo: {
      value: 'never',
      why: 'Its userinfo endpoint is part of Microsoft Graph and refuses the access tokens of your API. The ID token holds all that it tells, and more.',
      source: 'https://learn.microsoft.com/entra/identity-platform/userinfo',
    },
  },
  wrongIssuers: [
    {
      like: /^https:\/\/login\.[^/]+\/(common|organizations|consumers)(\/|$)/,
      text: 'stands for many tenants, whose tokens bear issuers of their own. Use that of one tenant: https://login.microsoftonline.com/<tenant id>/v2.0.',
    },
    {
      like: /^https:\/\/(sts\.windows\.net\/|login\.microsoftonline\.com\/(?![^/]+\/v2\.0$))/,
      text: 'is not an issuer of version 2. Use https://login.microsoftonline.com/<tenant id>/v2.0, without a slash at its end.',
    },
  ],
  has: {
    endSession: 'yes; asks for the account without a hint',
    revocation: 'none',
    logoutNotice: 'front-channel',
    rotation: 'each time; the old one stays good',
  },
}
