import { expect, test } from 'vitest'
import { baseOptions } from '../../testing/test-bff.ts'
import { optionsFromEnv } from '../from-env.ts'
import type { ProviderOptions } from '../options.ts'
import { resolveOptions } from '../resolve-options.ts'
import type { PresetName } from './preset-name.ts'
import { presets } from './presets.ts'

const client = { clientId: 'app', clientSecret: 'a secret of the client' }

function settingsOf(provider: Partial<ProviderOptions>) {
  const settings = resolveOptions({ ...baseOptions, provider: { ...client, ...provider } })
  if (!settings.ok) throw new Error(JSON.stringify(settings.error))
  return settings.value
}

function faultsOf(provider: Partial<ProviderOptions>): readonly string[] {
  const settings = resolveOptions({ ...baseOptions, provider: { ...client, ...provider } })
  return settings.ok ? [] : settings.error.map(({ option, text }) => `${option} ${text}`)
}

test('a preset says what is left out, and what is said wins over it', () => {
  expect(settingsOf({ preset: 'google' })).toMatchObject({
    revokeAtSignOut: 'neither',
    provider: {
      issuerIdentifier: 'https://accounts.google.com',
      scope: 'openid profile email',
      authorizeParameters: { access_type: 'offline', prompt: 'consent' },
    },
  })
  expect(settingsOf({ preset: 'google', scope: 'openid', revokeAtSignOut: 'both' })).toMatchObject({
    revokeAtSignOut: 'both',
    provider: { scope: 'openid' },
  })
})

test('authorization parameters are added to those of the preset, and an empty one takes one away', () => {
  const authorizeParameters = { hd: 'example.com', prompt: '' }

  const { provider } = settingsOf({ preset: 'google', authorizeParameters })

  expect(provider.authorizeParameters).toEqual({ access_type: 'offline', hd: 'example.com' })
})

test('a grant is asked for with the access_type of a sign-in', () => {
  const grants = { digest: { title: 'Digest', sentence: 'Writes.', scopes: ['notes'] } }
  const provider = { ...client, preset: 'google' } as const
  const store = 'sqlite:store.db'

  const settings = resolveOptions({ ...baseOptions, store, provider, grants })

  expect(settings).toMatchObject({
    ok: true,
    value: { grants: [{ authorizeParameters: { access_type: 'offline' } }] },
  })
})

test('the environment names a preset, and wins over it and over the file', () => {
  const env = {
    OIDC_PROVIDER: 'google',
    OIDC_CLIENT_ID: 'app',
    OIDC_CLIENT_SECRET: 'a secret',
    OIDC_AUTHORIZE_PARAMS: 'hd=example.com&prompt=',
    API_UPSTREAM: 'http://127.0.0.1:4000',
    SESSION_SECRET: 'correct horse battery staple and then some',
    SPA_DIR: '',
  }
  const config = { provider: { preset: 'okta', scope: 'openid email' } } as const

  const options = optionsFromEnv(env, { name: 'strongroom.config.ts', config })
  const settings = options.ok ? resolveOptions(options.value.bff) : options

  expect(settings).toMatchObject({
    ok: true,
    value: {
      provider: {
        issuerIdentifier: 'https://accounts.google.com',
        scope: 'openid email',
        authorizeParameters: { access_type: 'offline', hd: 'example.com' },
      },
    },
  })
})

test.for([
  ['entar', /^provider\.preset is not a provider known here\. Did you mean entra\?/],
  ['ping', /^provider\.preset is not a provider known here\. Known are keycloak, entra/],
  ['toString', /^provider\.preset is not a provider known here\./],
] as const)('a preset %s is told with its cure', ([preset, told]) => {
  const issuer = 'https://id.example.net'

  expect(faultsOf({ issuer, preset: preset as PresetName })).toEqual([expect.stringMatching(told)])
})

test('the environment’s preset is told by its variable', () => {
  const options = optionsFromEnv({ OIDC_PROVIDER: 'entar', SPA_DIR: '' })

  expect(options).toMatchObject({
    ok: false,
    error: expect.arrayContaining([expect.objectContaining({ option: 'OIDC_PROVIDER' })]),
  })
})

const tenant = '11111111-2222-3333-4444-555555555555'

const issuers: Readonly<
  Record<PresetName, { right: readonly string[]; wrong: readonly string[] }>
> = {
  keycloak: {
    right: ['https://id.example.com/realms/app', 'https://id.example.com/auth/realms/app'],
    wrong: ['https://id.example.com/realms/app/', 'https://id.example.com'],
  },
  entra: {
    right: [
      `https://login.microsoftonline.com/${tenant}/v2.0`,
      `https://example.ciamlogin.com/${tenant}/v2.0`,
    ],
    wrong: [
      'https://login.microsoftonline.com/common/v2.0',
      'https://login.microsoftonline.com/organizations/v2.0',
      'https://login.microsoftonline.com/{tenantid}/v2.0',
      `https://login.microsoftonline.com/${tenant}`,
      `https://login.microsoftonline.com/${tenant}/v2.0/`,
      `https://sts.windows.net/${tenant}/`,
    ],
  },
  auth0: {
    right: ['https://example.eu.auth0.com/', 'https://login.example.com/'],
    wrong: ['https://example.eu.auth0.com'],
  },
  okta: {
    right: ['https://example.okta.com/oauth2/default', 'https://example.okta.com'],
    wrong: [
      'https://example-admin.okta.com/oauth2/default',
      'https://example.okta.com/oauth2/default/',
    ],
  },
  google: { right: ['https://accounts.google.com'], wrong: ['https://accounts.google.com/'] },
  cognito: {
    right: ['https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf'],
    wrong: [
      'https://example.auth.eu-west-1.amazoncognito.com',
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf/',
    ],
  },
  zitadel: {
    right: ['https://example.zitadel.cloud', 'http://localhost:8080'],
    wrong: ['https://example.zitadel.cloud/', 'https://example.zitadel.cloud/oauth/v2'],
  },
  authentik: {
    right: ['https://id.example.com/application/o/notes/'],
    wrong: ['https://id.example.com/application/o/notes'],
  },
}

const names = Object.keys(presets) as PresetName[]

test.for(names)('of %s, the issuers that can’t be its own are told with the cure', (preset) => {
  const { right, wrong } = issuers[preset]

  expect(right.flatMap((issuer) => faultsOf({ preset, issuer }))).toEqual([])
  for (const issuer of wrong) {
    expect(faultsOf({ preset, issuer })).toEqual([
      expect.stringMatching(/^provider\.issuer .+ (Use|Leave|which belongs)/),
    ])
  }
})

test.for([
  [{ discoveryUrl: 'https://id.example.net/config' }, /^provider\.discoveryUrl is not the address/],
  [
    { discoveryUrl: 'http://id.example.net/.well-known/openid-configuration' },
    /^provider\.discoveryUrl is plain http/,
  ],
  [{ endSessionUrl: 'javascript:alert(1)' }, /^provider\.endSessionUrl is not a URL/],
  [{ endSessionUrl: 'http://id.example.net/logout' }, /^provider\.endSessionUrl is plain http/],
  [{ endSessionReturnParameter: 'client_id' }, /^provider\.endSessionReturnParameter is no name/],
  [{ endSessionHint: 'always' }, /^provider\.endSessionHint is not known here\. Use "optional", /],
  [{ revokeAtSignOut: 'all' }, /^provider\.revokeAtSignOut is not known here\. Use "both", /],
] as const)('%o is told with its cure', ([provider, told]) => {
  const issuer = 'https://id.example.net'

  expect(faultsOf({ issuer, ...(provider as Partial<ProviderOptions>) })).toEqual([
    expect.stringMatching(told),
  ])
})
