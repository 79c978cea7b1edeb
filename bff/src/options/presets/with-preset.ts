import type { ProviderOptions } from '../options.ts'
import { isPresetName, presets } from './presets.ts'

/** No I/O. */

/**
 * The options with what their preset says in the place of what they leave out. Authorization parameters are taken one by one,
 * and one that is empty is left out.
 */
export function withPreset(provider: ProviderOptions): ProviderOptions {
  const said = Object.fromEntries(
    Object.entries(provider).filter(([, value]) => value !== undefined),
  )
  const known = knownOf(provider.preset)
  const parameters = Object.entries({
    ...known.authorizeParameters,
    ...provider.authorizeParameters,
  }).filter(([, value]) => value !== '')
  return {
    clientId: '',
    ...known,
    ...said,
    authorizeParameters: Object.fromEntries(parameters),
  }
}

function knownOf(name = ''): Partial<ProviderOptions> {
  const settings = isPresetName(name) ? presets[name].settings : {}
  return Object.fromEntries(Object.entries(settings).map(([option, { value }]) => [option, value]))
}

/** What is wrong with an issuer for the provider that it is said to be of; null when nothing is seen. */
export function wrongIssuer(name: string | undefined, issuer: string): string | null {
  const wrong = name !== undefined && isPresetName(name) ? presets[name].wrongIssuers : []
  return wrong.find(({ like }) => like.test(issuer))?.text ?? null
}
