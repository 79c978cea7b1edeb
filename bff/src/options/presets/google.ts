import type { Preset } from './preset.ts'

export const google: Preset = {
  title: 'Google',
  page: 'google.md',
  settings: {
    issuer: {
      value: 'https://accounts.google.com',
      why: 'There is one.',
      source: 'https://accounts.google.com/.well-known/openid-configuration',
    },
    scope: {
      value: 'openid profile email',
      why: '`offline_access` is no scope there: it is refused with an error page.',
      source: 'https://developers.google.com/identity/protocols/oauth2/openid-connect',
    },
    authorizeParameters: {
      value: { access_type: 'offline', prompt: 'consent' },
      why: 'A refresh token is asked for by `access_type`, and comes at the first consent only unless `prompt=consent` asks for another.',
      source: 'https://developers.google.com/identity/protocols/oauth2/web-server#offline',
    },
    revokeAtSignOut: {
      value: 'neither',
      why: 'Revoking any token withdraws the user’s whole consent to your project: their other sessions would end, and the grants for the time when they are away.',
      source: 'https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke',
    },
  },
  wrongIssuers: [
    {
      like: /^(?!https:\/\/accounts\.google\.com$)/,
      text: 'is not Google’s. Leave it out, or use https://accounts.google.com.',
    },
  ],
  has: {
    endSession: 'none',
    revocation: 'yes, of the user’s whole consent',
    logoutNotice: 'none',
    rotation: 'never',
  },
}
