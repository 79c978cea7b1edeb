import { expect, test } from 'vitest'
import type { ProviderHabits } from '../../testing/provider-habits.ts'
import { providerWorld, signOutByForm, wholePath } from '../../testing/provider-world.ts'
import { publicUrl, type TestBff } from '../../testing/test-bff.ts'
import type { ProviderOptions } from '../options.ts'
import type { PresetName } from './preset-name.ts'
import { presets } from './presets.ts'

interface Stand {
  readonly issuer: string
  /** All that is known of the provider, at once. */
  readonly habits: Partial<ProviderHabits>
  /** What nobody can know but who runs it, beside the issuer and the client. */
  readonly said?: Partial<ProviderOptions>
  /** How often a sign-out by script ends the provider's own session. */
  readonly sessionsEnded: number
  readonly revoked: 'both' | 'refresh-token' | 'neither'
}

const api = 'https://api.example.org'

const stands: Readonly<Record<PresetName, Stand>> = {
  keycloak: {
    issuer: 'https://id.example.net/realms/notes',
    habits: { keepsOldRefreshTokens: true },
    sessionsEnded: 1,
    revoked: 'both',
  },
  entra: {
    issuer: 'https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0',
    habits: {
      refusesResource: true,
      refreshTokenFor: 'offline_access',
      apiTokenFor: 'scope',
      keepsOldRefreshTokens: true,
      noIss: true,
      revokes: 'nothing',
      userinfoElsewhere: true,
    },
    said: { scope: 'openid profile email offline_access api://notes/.default' },
    sessionsEnded: 1,
    revoked: 'neither',
  },
  auth0: {
    issuer: 'https://example.eu.auth0.com/',
    habits: {
      refreshTokenFor: 'offline_access',
      apiTokenFor: 'audience',
      endSessionPath: '/v2/logout',
      endSessionUnnamed: true,
      endSessionReturn: 'returnTo',
      noIss: true,
      revokes: 'refresh-tokens',
    },
    said: { authorizeParameters: { audience: api } },
    sessionsEnded: 1,
    revoked: 'refresh-token',
  },
  okta: {
    issuer: 'https://example.okta.com/oauth2/default',
    habits: { refreshTokenFor: 'offline_access', endSessionHint: 'required', noIss: true },
    sessionsEnded: 0,
    revoked: 'both',
  },
  google: {
    issuer: 'https://accounts.google.com',
    habits: {
      refusesScopes: ['offline_access'],
      refreshTokenFor: 'access_type',
      keepsOldRefreshTokens: true,
      endSessionPath: null,
      revokes: 'whole-user',
      noIss: true,
      endpointsAt: 'https://oauth2.googleapis.com',
    },
    sessionsEnded: 0,
    revoked: 'neither',
  },
  cognito: {
    issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf',
    habits: {
      refusesScopes: ['offline_access'],
      clientAuthentication: 'both',
      revokesByHeader: true,
      keepsOldRefreshTokens: true,
      endSessionPath: '/logout',
      endSessionReturn: 'logout_uri',
      revokes: 'refresh-tokens',
      silentScope: true,
      noIss: true,
      endpointsAt: 'https://example.auth.eu-west-1.amazoncognito.com',
    },
    sessionsEnded: 1,
    revoked: 'refresh-token',
  },
  zitadel: {
    issuer: 'https://example.zitadel.cloud',
    habits: {
      refreshTokenFor: 'offline_access',
      endSessionHint: 'not-expired',
      idTokenOnce: true,
      noIss: true,
    },
    sessionsEnded: 1,
    revoked: 'both',
  },
  authentik: {
    issuer: 'https://id.example.net/application/o/notes/',
    habits: {
      refreshTokenFor: 'offline_access',
      bareRefusals: true,
      noIss: true,
    },
    sessionsEnded: 1,
    revoked: 'both',
  },
}

function rotates(preset: PresetName): boolean {
  return presets[preset].has.rotation.startsWith('each time')
}

async function worldOf(preset: PresetName) {
  const { issuer, habits, said } = stands[preset]
  const known = presets[preset].settings.issuer !== undefined
  const world = await providerWorld({
    issuer,
    habits,
    said: { preset, ...(known ? {} : { issuer }), ...said },
  })
  world.provider.rotates = rotates(preset)
  return world
}

const names = Object.keys(stands) as PresetName[]

test.for(names)('the whole path with the habits of %s, all at once', async (preset) => {
  const { sessionsEnded, revoked } = stands[preset]
  const world = await worldOf(preset)

  const path = await wholePath(world)

  expect(path).toMatchObject({
    signedIn: true,
    calls: [200, 200],
    refreshes: 1,
    receipt: {
      session: 'ended',
      refreshToken: revoked === 'neither' ? 'unsupported' : 'revoked',
      accessToken: revoked === 'both' ? 'revoked' : 'unsupported',
    },
    end: `${publicUrl}/`,
    sessionsEnded,
    signedOut: true,
  })
})

test.for(names)('a sign-out by form with the habits of %s', async (preset) => {
  const world = await worldOf(preset)
  await world.browser.navigate('/auth/login')
  // Longer than an ID token lives, and a refresh on the way.
  world.clock.advance(700)
  await world.browser.fetch('/api/notes')

  expect(await signOutByForm(world)).toEqual({
    end: `${publicUrl}/`,
    sessionsEnded: preset === 'google' ? 0 : 1,
  })
})

type PresetLine = readonly [preset: PresetName, option: keyof ProviderOptions]

const lines = names.flatMap((name): PresetLine[] =>
  (Object.keys(presets[name].settings) as PresetLine[1][])
    // Without it there is no path at all.
    .filter((option) => option !== 'issuer')
    .map((option) => [name, option]),
)

test.for(lines)('of the preset %s, %s is needed', async ([preset, option]) => {
  const { issuer, habits, said } = stands[preset]
  const { [option]: _line, ...others } = presets[preset].settings as Record<
    string,
    { value: never }
  >
  const values = Object.fromEntries(
    Object.entries(others).map(([name, { value }]) => [name, value]),
  )
  const without = await providerWorld({ issuer, habits, said: { ...values, issuer, ...said } })
  without.provider.rotates = rotates(preset)

  expect(await outcome(without)).not.toEqual(await outcome(await worldOf(preset)))
})

test.for(names)(
  'what can be seen of the paths with the preset %s is the same each time',
  async (preset) => {
    expect(await outcome(await worldOf(preset))).toEqual(await outcome(await worldOf(preset)))
  },
)

/** What can be seen of the paths by script and by form. */
async function outcome(world: TestBff) {
  world.provider.idTokenClaims = { name: undefined, email: undefined }
  const { receipt, ...path } = await wholePath(world)
  const asked = await world.browser.navigate('/auth/login', { until: /\/authorize/ })
  await world.browser.navigate('/auth/login')
  world.clock.advance(700)
  await world.browser.fetch('/api/notes')
  return {
    ...path,
    revoked: [receipt.refreshToken, receipt.accessToken],
    revocationRequests: world.provider.revocationRequests,
    userinfoFailures: world.eventsNamed('userinfo-failed').length,
    scope: asked.url.searchParams.get('scope'),
    byForm: path.signedIn ? await signOutByForm(world) : null,
  }
}
