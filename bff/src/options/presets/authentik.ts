import type { Preset } from './preset.ts'

export const authentik: Preset = {
  title: 'authentik',
  page: 'zitadel-authentik.md',
  settings: {},
  wrongIssuers: [
    {
      like: /[^/]$/,
      text: 'lacks the slash at its end, which belongs to the issuer at authentik: https://<host>/application/o/<slug>/.',
    },
  ],
  has: {
    endSession: 'yes',
    revocation: 'yes',
    logoutNotice: 'back-channel, front-channel (since 2025.8)',
    rotation: 'each time',
  },
}
