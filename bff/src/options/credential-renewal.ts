import { err, ok } from '@strongroom/client'
import type { Clock } from '../base/clock.ts'
import { checkClient, keysIn } from './check-client.ts'
import type { BffOptions } from './options.ts'
import * as rules from './rules.ts'
import type {
  ClientCredentials,
  CredentialRenewal,
  CredentialTexts,
} from './watched-credentials.ts'

/** The credentials in texts that nothing is wrong with. */
export function credentialsIn({
  clientCertificate: chain = '',
  clientCertificateKey: key = '',
  clientKeys = '',
}: CredentialTexts): ClientCredentials {
  return { ...keysIn(clientKeys), clientCertificate: chain === '' ? null : { chain, key } }
}

const names = ['clientKeys', 'clientCertificate', 'clientCertificateKey'] as const

/** What holds of them at the start must hold later; what the source leaves out stays. Null where nothing ever changes. */
export function renewalOf(options: BffOptions, clock: Clock): CredentialRenewal | null {
  const { provider } = options
  const { credentialSource: source } = provider
  if (source === undefined) return null
  const said = names.filter((name) => provider[name] !== undefined)
  const those = (texts: CredentialTexts): CredentialTexts =>
    Object.fromEntries(said.map((name) => [name, texts[name] ?? provider[name]]))
  return {
    first: those(provider),
    current: () => those(source.current()),
    judge(texts) {
      const ruled = texts.clientKeys === undefined ? null : rules.clientKeys(texts.clientKeys)
      const faults = [
        ...(ruled === null ? [] : [{ option: 'provider.clientKeys', text: ruled }]),
        ...checkClient({ ...options, provider: { ...provider, ...texts } }, clock.now()),
      ]
      return faults.length === 0
        ? ok(credentialsIn(texts))
        : err(faults.map(({ option, text }) => `${option} ${text}`).join(' '))
    },
  }
}
