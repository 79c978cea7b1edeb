import { auth0 } from './auth0.ts'
import { authentik } from './authentik.ts'
import { cognito } from './cognito.ts'
import { entra } from './entra.ts'
import { google } from './google.ts'
import { keycloak } from './keycloak.ts'
import { okta } from './okta.ts'
import type { Preset } from './preset.ts'
import type { PresetName } from './preset-name.ts'
import { zitadel } from './zitadel.ts'

export const presets: Readonly<Record<PresetName, Preset>> = {
  keycloak,
  entra,
  auth0,
  okta,
  google,
  cognito,
  zitadel,
  authentik,
}

export const presetNames: readonly string[] = Object.keys(presets)

export function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(presets, name)
}
